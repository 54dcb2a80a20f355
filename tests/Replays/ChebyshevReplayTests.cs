using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Replays;

/// <summary>The one spike of experiments/chebyshev.yaml, which grows from rounding errors: onset 1091, peak 1154, end 1205.</summary>
public sealed class ChebyshevReplayTests : IDisposable
{
    private const double LearningRate = 0.085;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void Half_the_learning_rate_prevents_the_spike_and_removing_the_unstable_component_delays_it()
    {
        var was = Run("float64", 1210, 100);
        var at = ((int)was.OnsetStep / 5 + 1) * 5; // the first measured step after the change
        var first = RecordedRun.Open(_folder["float64"]).Metrics;

        Replay("float64", "learning_rate*0.5", 1400);
        var half = RecordedRun.Open(_folder["learning_rate*0.5"]);
        Assert.Empty(half.Spikes);
        // The onset is the higher of two steps of the oscillation; from there on the loss falls at every step, as it does before them.
        var steps = Enumerable.Range(1, half.Metrics.Rows - 1).Where(i => half.Metrics.Steps[i] != was.OnsetStep);
        Assert.All(steps, i => Assert.True(half.Metrics.Loss[i] <= half.Metrics.Loss[i - 1], $"the loss falls at step {half.Metrics.Steps[i]}"));

        Replay("float64", "remove-unstable-component", 1400);
        var removed = RecordedRun.Open(_folder["remove-unstable-component"]);
        var later = Assert.Single(removed.Spikes);

        // The oscillation starts again from the remaining component and grows by |1 − ηS| per step: after this delay it has its former size.
        var (before, after) = (Math.Abs(first.GradientDots[0][at]), Math.Abs(removed.Metrics.GradientDots[0][at - 1000]));
        var delay = 0;
        for (var left = Math.Log(before / after); left > 0; delay++)
        {
            left -= Math.Log(Math.Abs(1 - LearningRate * removed.Metrics.Sharpness[(at - 1000 + delay) / 5 * 5]));
        }

        Assert.InRange(delay, 90, 130);
        Assert.InRange(later.PeakStep - was.PeakStep, 0.9 * delay, 1.1 * delay);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_spike_of_float32_comes_later_in_float64_and_one_rounding_moves_it()
    {
        var was = Run("float32", 700, 1000, "--set", "dtype=float32");
        Replay("float32", "dtype float64", 900);
        Replay("float32", "perturb", 900);
        Replay("float32", "perturb=1", 900);
        Replay("float32", "perturb=2", 900);

        // Rounding leaves a component along the eigenvector that is smaller by 2⁻²⁹, so it grows for longer.
        Assert.InRange(Peak("dtype float64") - was.PeakStep, 50, 300);
        Assert.True(Peak("perturb") != was.PeakStep || Peak("perturb=1") != was.PeakStep || Peak("perturb=2") != was.PeakStep);
    }

    private long Peak(string folder) => Assert.Single(RecordedRun.Open(_folder[folder]).Spikes).PeakStep;

    private SpikeEvent Run(string name, int steps, int every, params string[] more)
    {
        var result = LabResult.Run([
            "run", Repository.File("experiments/chebyshev.yaml"), "--out", _folder[name],
            "--set", $"steps={steps}", "--set", $"checkpoint.every={every}", "--set", "monitor.every=5",
            "--set", "monitor.tolerance=1e-8", .. more]); // the remainder of an oscillation is measured along the eigenvector
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return Assert.Single(RecordedRun.Open(_folder[name]).Spikes);
    }

    private void Replay(string run, string change, int steps)
    {
        var result = LabResult.Run("replay", _folder[run], "--spike", "1", "--change", change, "--steps", $"{steps}", "--out", _folder[change]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
    }
}
