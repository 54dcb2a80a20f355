using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Flows;

/// <summary>lab flow: its folder against that of the run, and what it refuses.</summary>
public sealed class FlowCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_folder_has_the_losses_of_the_run_and_the_flow_begins_on_it()
    {
        var (run, flow) = (_folder["run"], _folder["flow"]);
        Assert.Equal(0, LabResult.Run("run", Repository.File("experiments/minimal-example.yaml"), "--out", run, "--set", "steps=60").ExitCode);
        var result = LabResult.Run("flow", run, "--from", "20", "--out", flow, "--json");
        Assert.Equal(0, result.ExitCode);
        var (was, along) = (MetricsColumns.Read(run), MetricsColumns.Read(flow));

        Assert.Equal(Enumerable.Range(20, 41).Select(i => (double)i), along["step"]);
        Assert.Equal(was["loss"].Skip(20), along["run_loss"]);
        Assert.Equal(0, along["flow_distance"][0]);
        Assert.Equal(was["loss"][20], along["loss"][0]);
        Assert.All(along["sharpness"].Skip(1), s => Assert.True(s <= 1.005 * 10));
        Assert.All(along["complementarity_4"], r => Assert.True(r <= 1e-10));
        Assert.All(
            along["predicted_loss"].Zip(along["loss"], along["flow_trace"]), p => Assert.Equal(p.Second + p.Third / 0.2, p.First, 1e-12));
        Assert.Equal(along["flow_distance"][^1], (double)JsonNode.Parse(result.Output)!["flow"]!["final_distance"]!, 1e-15);

        var compared = LabResult.Run("compare", run, flow, "--out", _folder["comparison"]);
        Assert.Equal(0, compared.ExitCode);
        Assert.True(new FileInfo(Path.Combine(_folder["comparison"], "flow.png")).Length > 10_000);
    }

    [Theory]
    [InlineData("optimizer.kind", "--set", "optimizer.kind=adam")]
    [InlineData("optimizer.weight_decay", "--set", "optimizer.weight_decay=0.1")]
    [InlineData("flow.kind: gradient", "--kind", "gradient", "--set", "optimizer.kind=rmsprop")]
    [InlineData("--modes is 9", "--modes", "9")]
    [InlineData("flow.from is 600", "--from", "600")]
    public void What_has_no_flow_is_refused_in_one_sentence(string expected, params string[] options)
    {
        var result = LabResult.Run(["flow", Repository.File("experiments/minimal-example.yaml"), "--out", _folder["a"], .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.Diagnostics.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["a"]));
    }
}
