using System.Reflection;

namespace LossSpikes.Tests.Architecture;

/// <summary>The numbers that TorchSharp makes for libtorch outlive the call (see <see cref="LossSpikes.Monitors.Tensors.KeepAlive"/>).</summary>
public sealed class LooseNumberTests
{
    private const string List = "src/BannedSymbols.Numbers.txt";

    [Fact]
    public void Every_method_of_TorchSharp_that_leaves_a_number_to_the_garbage_collector_is_banned_and_no_other()
    {
        using var torch = new LooseNumbers();
        var banned = File.ReadLines(Repository.File(List)).Select(line => line.Split(';')[0]).ToList();
        var (missing, superfluous) = (torch.Members.Except(banned).ToList(), banned.Except(torch.Members).ToList());

        Assert.True(missing.Count == 0, $"{List} lacks:\n{string.Join('\n', missing)}");
        Assert.True(superfluous.Count == 0, $"{List} has, but TorchSharp does not need it:\n{string.Join('\n', superfluous)}");
    }

    [Theory]
    [InlineData("LossSpikes.Monitors", "LossSpikes.Monitors.Tensors.KeepAlive.Scalar")]
    [InlineData("LossSpikes.TensorFiles")]
    [InlineData(
        "lab", "LossSpikes.Lab.Models.Activations.Create", "LossSpikes.Lab.Benchmarks.OrdinaryStep..ctor", "LossSpikes.Lab.Models.ScriptedNetwork.Call",
        "LossSpikes.Lab.Benchmarks.LoopBenchmark.Convolutional", "LossSpikes.Lab.Benchmarks.LoopBenchmark.Block",
        "LossSpikes.Lab.Benchmarks.LoopBenchmark.Transformer")]
    public void No_compiled_method_calls_one_of_them_but_where_that_is_explained(string assembly, params string[] explained)
    {
        using var torch = new LooseNumbers();
        var calls = torch.CallsFrom(Assembly.Load(assembly)).Where(call => !explained.Contains(call.Caller)).ToList();

        Assert.True(calls.Count == 0, string.Join('\n', calls.Select(call => $"{call.Caller} calls {call.Member}")));
    }
}
