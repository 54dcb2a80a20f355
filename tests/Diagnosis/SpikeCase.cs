using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.Tests.Commands;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Diagnosis;

/// <summary>One of the trainings that tests/PyTorchFiles/spikes.py made.</summary>
/// <param name="Name">Its folder.</param>
/// <param name="Cause">The cause of its spike, which the script put there.</param>
/// <param name="Model">The file of the network.</param>
/// <param name="Data">The file of the data.</param>
/// <param name="Options">What else the command line needs.</param>
internal sealed record SpikeCase(string Name, string Cause, string Model, string Data, string[] Options)
{
    private static readonly string Folder = Repository.File("tests/PyTorchFiles/spikes");

    public static IReadOnlyList<SpikeCase> All { get; } =
        JsonSerializer.Deserialize<SpikeCase[]>(File.ReadAllText(Path.Combine(Folder, "cases.json")), JsonSerializerOptions.Web)!;

    public static SpikeCase Of(string name) => All.Single(c => c.Name == name);

    public string Before => Path.Combine(Folder, Name, "before.pt");

    /// <summary>The options that name model, data and loss.</summary>
    public string[] Inputs => ["--model", Path.Combine(Folder, Model), "--data", Path.Combine(Folder, Data), "--loss", "mse", .. Options];

    /// <summary>The checkpoints there are, the batches if they are known, and the inputs.</summary>
    public string[] Arguments =>
    [
        "diagnose", Before, .. Existing("after.pt"), .. Inputs, .. Existing("batches.pt").SelectMany(file => (string[])["--batches", file]),
    ];

    /// <summary>Diagnoses it, and returns diagnosis.json as the command printed it.</summary>
    public JsonNode Diagnose(string folder, params string[] more)
    {
        var result = LabResult.Run([.. Arguments, "--out", folder, "--json", .. more]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return JsonNode.Parse(result.Output)!;
    }

    /// <summary>The weights before the spike, changed.</summary>
    public PickleDict Weights(Func<Tensor, Tensor> change)
    {
        var weights = (PickleDict)((PickleDict)TensorFile.Read(Before)!)["model"]!;
        var changed = new PickleDict { IsOrderedDict = true };
        foreach (var (name, weight) in weights.Items)
        {
            changed[name] = change((Tensor)weight!);
        }

        return changed;
    }

    /// <summary>Writes a file as <c>torch.save</c> would, and returns its path.</summary>
    public static string Write(string path, params (string Key, object? Value)[] entries)
    {
        var content = new PickleDict();
        foreach (var (key, value) in entries)
        {
            content[key] = value;
        }

        using var stream = File.Create(path);
        PyTorchFile.Write(stream, content);
        return path;
    }

    private string[] Existing(string file) => Path.Combine(Folder, Name, file) is var path && File.Exists(path) ? [path] : [];
}
