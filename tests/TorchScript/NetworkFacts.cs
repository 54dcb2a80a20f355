using System.Text.Json;

namespace LossSpikes.Tests.TorchScript;

/// <summary>The numbers of PyTorch about a network, which tests/PyTorchFiles/networks.py computed.</summary>
internal sealed record NetworkFacts(
    string[] Names, double Loss, double Gradient, double Product, double LearningRate, double[] Losses, Dictionary<string, double[]> Buffers)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static NetworkFacts Of(string network) =>
        JsonSerializer.Deserialize<Dictionary<string, NetworkFacts>>(File.ReadAllText(Repository.File("tests/PyTorchFiles/networks.json")), Options)![network];
}
