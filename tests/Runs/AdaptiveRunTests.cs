using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Runs;

/// <summary>A run of an adaptive optimizer, from its file to its figure.</summary>
public sealed class AdaptiveRunTests
{
    [Fact]
    public void The_sharpness_of_the_Hessian_is_recorded_too_and_the_figure_names_matrix_and_threshold()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("small.yaml", SmallExperiment.Yaml);
        var result = LabResult.Run("run", file, "--set", "optimizer={ kind: adam, learning_rate: 0.01 }", "--set", "steps=5", "--out", folder["run"]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);

        var rows = File.ReadAllLines(Path.Combine(folder["run"], "metrics.csv")).Select(l => l.Split(',')).ToArray();
        Assert.Equal(["raw_sharpness", "residual", "hvps", "seconds"], rows[0][^4..]);
        Assert.NotEqual("", rows[1][^4]);
        Assert.All(rows[2..], row => Assert.Equal("", row[^4])); // the next is that of step 20

        Assert.Equal(0, LabResult.Run("plot", folder["run"], "--format", "svg").ExitCode);
        var figure = File.ReadAllText(Path.Combine(folder["run"], "figures", "run.svg"));
        Assert.Contains("eigenvalues of P⁻¹H", figure, StringComparison.Ordinal);
        Assert.Contains("38/η = 3800", figure, StringComparison.Ordinal);
    }
}
