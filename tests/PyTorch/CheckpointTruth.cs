using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.PyTorch;

namespace LossSpikes.Tests.PyTorch;

/// <summary>What PyTorch says is in one of the checkpoints that tests/PyTorchFiles/checkpoints.py makes.</summary>
internal sealed class CheckpointTruth
{
    private static readonly JsonObject All = JsonNode.Parse(File.ReadAllText(Repository.File("tests/PyTorchFiles/checkpoints/truth.json")))!.AsObject();

    private readonly JsonObject _entry;

    public CheckpointTruth(string name) => _entry = All[name]!.AsObject();

    public static IEnumerable<string> Names => All.Select(entry => entry.Key);

    public string Key => (string)_entry["key"]!;

    public long? Step => (long?)_entry["step"];

    /// <summary>Names, shapes and values of the weights.</summary>
    public IReadOnlyDictionary<string, (long[] Shape, double[] Values)> Weights => _entry["weights"]!.AsObject()
        .ToDictionary(w => w.Key, w => (w.Value!["shape"].Deserialize<long[]>()!, Numbers(w.Value["values"])));

    public IReadOnlyList<(long[] Parameters, JsonObject Options)>? Groups => _entry["optimizer"]?["groups"]!.AsArray()
        .Select(g => (g!["params"].Deserialize<long[]>()!, g["options"]!.AsObject())).ToList();

    public IReadOnlyDictionary<long, JsonObject>? State => _entry["optimizer"]?["state"]!.AsObject()
        .ToDictionary(s => long.Parse(s.Key), s => s.Value!.AsObject());

    /// <summary>The weights after one more step under the gradient that equals the weights, shape [d].</summary>
    public double[] Next => Numbers(_entry["next"]);

    public static string PathOf(string name) => Repository.File($"tests/PyTorchFiles/checkpoints/{name}.pt");

    public static TrainingCheckpoint Read(string name, string? key = null, IReadOnlyCollection<string>? names = null) =>
        TrainingCheckpoint.Of(TensorFile.Read(PathOf(name)), key, names);

    public static double[] Numbers(JsonNode? value) => value is JsonArray list ? list.Deserialize<double[]>()! : [(double)value!];
}
