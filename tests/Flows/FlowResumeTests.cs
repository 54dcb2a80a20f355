using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Flows;

/// <summary>A flow that is interrupted at the edge and resumed has the bytes of one that never stopped; so has a run with a flow next to it.</summary>
[Trait("Speed", "Slow")]
public sealed class FlowResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flow={ kind: central, from: 3 }")]
    [InlineData("flow={ kind: gradient }")]
    [InlineData("flow={ kind: central }", "optimizer={ kind: rmsprop, learning_rate: 0.01 }")]
    [InlineData("monitor.flow={ from: 4 }")]
    public void Interrupted_and_resumed_equals_uninterrupted(params string[] settings)
    {
        var whole = Run("whole", 16, settings);
        var broken = Run("broken", 9, settings);
        File.Delete(Path.Combine(broken, "checkpoints", "step-000000010.safetensors")); // as if killed after step 9: its rows from 8 on go

        var result = LabResult.Run("resume", broken, "--steps", "16");

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        Assert.Contains("resuming at step 8", result.Diagnostics, StringComparison.Ordinal);
        Assert.Contains(MetricsColumns.Read(whole)["predicted_loss"].Skip(8), double.IsFinite);
        SameRun.Assert(whole, broken);
        Assert.Equal(Score(whole), Score(broken));
    }

    private static string Score(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "summary.json")))!["flow"]!.ToJsonString();

    private string Run(string name, int steps, string[] settings)
    {
        var file = _folder.Write("tiny.yaml", TinyFlow.Yaml);
        string[] set = [.. settings.Append($"steps={steps}").Append("checkpoint.every=4").SelectMany(s => (string[])["--set", s])];
        var result = LabResult.Run(["run", file, "--out", _folder[name], .. set]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[name];
    }
}
