using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Runs;

/// <summary>The column <c>learning_rate</c> of metrics.csv: η of the update made from each iterate.</summary>
public sealed class LearningRateTests : IDisposable
{
    private const int Steps = 24;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("constant")]
    [InlineData("step, every: 7, factor: 0.5")]
    [InlineData("warmup, steps: 8")]
    public void The_learning_rate_of_every_row_is_that_of_the_schedule_and_of_the_update(string schedule)
    {
        // f = ½·4·x²: x shrinks by 1 − 4η at a step. The curvature is measured at every fifth step, η at all of them.
        string[] settings =
        [
            "objective={ kind: quadratic, eigenvalues: [4], start: [1] }", "monitor={ every: 5, eigenvalues: 1 }", $"steps={Steps}",
            $"optimizer={{ kind: gd, learning_rate: 0.2, schedule: {{ kind: {schedule} }} }}",
        ];
        var file = _folder.Write("small.yaml", SmallExperiment.Yaml);
        var result = LabResult.Run(["run", file, "--out", _folder["run"], .. settings.SelectMany(s => (string[])["--set", s])]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);

        var metrics = RecordedRun.Open(_folder["run"]).Metrics;
        var rates = metrics["learning_rate"];
        var x = 1.0;
        Assert.Equal(Steps + 1, rates.Length);
        Assert.Contains(metrics.Sharpness, double.IsNaN);
        for (var t = 0; t <= Steps; t++)
        {
            Assert.Equal(Expected(schedule, t), rates[t], 1e-15);
            Assert.Equal(2 / rates[t], metrics.Threshold[t], 1e-12);
            Assert.Equal(2 * x * x, metrics.Loss[t], 1e-9 * x * x);
            x *= 1 - 4 * rates[t];
        }
    }

    private static double Expected(string schedule, int t) => schedule.Split(',')[0] switch
    {
        "step" => 0.2 * Math.Pow(0.5, t / 7),
        "warmup" => 0.2 * Math.Min(1, (t + 1) / 8.0),
        _ => 0.2,
    };
}
