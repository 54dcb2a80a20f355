using System.Globalization;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Flows;

/// <summary><c>lab spectrum</c> on the folder of a flow: at its checkpoints, where the flow and not the optimizer next to it stood.</summary>
public sealed class FlowSpectrumTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_flow_is_measured_at_its_checkpoints_and_nowhere_else()
    {
        var file = _folder.Write("tiny.yaml", TinyFlow.Yaml + "flow: { kind: central, from: 2 }\ncheckpoint: { every: 5 }\n");
        Assert.Equal(0, LabResult.Run("run", file, "--set", "steps=11", "--out", _folder["flow"]).ExitCode);

        Assert.Equal(0, LabResult.Run("spectrum", _folder["flow"], "--out", _folder["spectrum"]).ExitCode);

        var along = MetricsColumns.Read(_folder["flow"]);
        var lines = File.ReadAllLines(_folder["spectrum/spectrum.csv"]).Select(l => l.Split(',')).ToList();
        var (step, loss, sharpness) = (lines[0].IndexOf("step"), lines[0].IndexOf("loss"), lines[0].IndexOf("lambda_1"));
        Assert.Equal(["10"], lines.Skip(1).Select(l => l[step]));
        foreach (var cells in lines.Skip(1))
        {
            var at = Array.IndexOf(along["step"], Number(cells[step]));
            Assert.Equal(along["loss"][at], Number(cells[loss]), 1e-12);
            Assert.Equal(along["sharpness"][at], Number(cells[sharpness]), 2e-3 * along["sharpness"][at]);
        }

        Assert.NotEqual(along["loss"][^1], along["run_loss"][^1], 1e-3);
        Refused("--step is 7, but ", _folder["flow"], "--step", "7");
        Directory.Delete(_folder["flow/checkpoints"], recursive: true);
        Refused("is a flow, which can be measured at its checkpoints, and none was kept", _folder["flow"]);
        Refused("describes a flow, which is measured in its run folder", file);

        static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
    }

    private static void Refused(string says, params string[] arguments)
    {
        var result = LabResult.Run(["spectrum", .. arguments]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(says, Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
