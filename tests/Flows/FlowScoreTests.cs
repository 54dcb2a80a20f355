using System.Globalization;
using System.Numerics;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Flows;

/// <summary>The score of a flow on tables made up for it: a periodic loss whose mean is known, and each reason for which there is no score.</summary>
public sealed class FlowScoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_error_is_that_of_the_mean_of_a_periodic_loss()
    {
        // A mean of 1 over any 50 steps, predicted as 1.25: |1/1.25 − 1| = 0.2. Below the edge, up to step 50, nothing is scored.
        var score = Score(400, Wave, predicted: _ => 1.25, trace: t => t < 50 ? 0 : 1);

        Assert.Null(score.NoScore);
        Assert.Equal((50, 350), (score.Window, score.EdgeSteps));
        Assert.Equal(400 - 25 - 100 - 125, score.ScoredSteps); // the window is whole, and so are those two windows before and after
        Assert.Equal(0.2, score.MedianError!.Value, 1e-12);
        Assert.Equal(0.2, score.LargestError!.Value, 1e-12);
        Assert.Equal(399, score.FinalDistance);
    }

    [Fact]
    public void A_loss_that_is_steady_needs_no_cycles()
    {
        var score = Score(300, t => 1 + 0.005 * Math.Sin(t / 100.0), predicted: _ => 1.0);

        Assert.Null(score.NoScore);
        Assert.InRange(score.LargestError!.Value, 0, 0.006);
    }

    [Fact]
    public void Where_nothing_oscillates_there_is_no_score() =>
        Refused("nothing oscillates along this flow", Score(300, Wave, trace: _ => 0));

    [Fact]
    public void An_isolated_minimum_has_no_score()
    {
        Refused(
            "no oscillation holds the sharpness at the threshold (complementarity residual 0.3), as at an isolated minimum",
            Score(300, Wave, residual: t => t == 150 ? 0.3 : 1e-12));
        Assert.Null(Score(300, Wave, residual: _ => 1e-7).NoScore);
    }

    [Theory]
    [InlineData(149, false)]
    [InlineData(151, true)]
    public void A_loss_that_is_not_quadratic_over_the_amplitude_has_no_score(int steps, bool refused)
    {
        // As late under cross entropy: of 300 steps some have more than 10 % of the loss beyond its quadratic part, of either sign.
        var score = Score(300, Wave, beyond: t => t < steps ? t % 2 == 0 ? 0.11 : -0.11 : 0.09);

        if (refused)
        {
            Refused("the loss is not quadratic over the predicted amplitude (more than 10 % beyond it at 151 of 300 steps), as late under cross", score);
        }
        else
        {
            Assert.Null(score.NoScore);
            Assert.InRange(score.ScoredSteps, 1, 300 - steps);
        }
    }

    [Fact]
    public void Too_few_cycles_have_no_score()
    {
        // A burst every 10 steps, each second one three times as high, each fourth nine times, …: around every step one stands alone.
        Refused(
            "bursts are rarer than the window: at 800 steps at the edge no window of up to 400 steps holds 3 of a height",
            Score(800, t => t > 0 && t % 10 == 0 ? 1 + Math.Pow(3, BitOperations.TrailingZeroCount(t / 10)) : 1));
        Refused("bursts are rarer than the window: at 80 steps at the edge no window of up to 40 steps", Score(80, Wave));
    }

    [Fact]
    public void A_cycle_that_is_longer_than_the_window_has_no_score()
    {
        // Any two steps are nearly equal, and the mean of 50 steps is far from that of a cycle of 300.
        Refused("bursts are rarer than the window", Score(500, t => 1 + 0.5 * Math.Sin(2 * Math.PI * t / 300)));

        // A steady fall is no cycle, and a prediction that falls less is wrong at all steps.
        var score = Score(500, t => Math.Exp(-t / 200.0), predicted: t => 1.5 * Math.Exp(-t / 200.0));
        Assert.InRange(score.ScoredSteps, 200, 300);
        Assert.Equal(1 / 3.0, score.LargestError!.Value, 1e-3);
    }

    private static double Wave(int t) => 1 + 0.5 * Math.Sin(2 * Math.PI * t / 10);

    private static void Refused(string reason, FlowScore score)
    {
        Assert.StartsWith(reason, score.NoScore, StringComparison.Ordinal);
        Assert.Equal((0, null, null, null), (score.ScoredSteps, score.MedianError, score.LargestError, score.Window));
        Assert.StartsWith("no score: ", score.Text, StringComparison.Ordinal);
    }

    /// <summary>The score of a table of so many steps, each column a function of the step.</summary>
    private FlowScore Score(
        int steps,
        Func<int, double> loss,
        Func<int, double>? predicted = null,
        Func<int, double>? trace = null,
        Func<int, double>? beyond = null,
        Func<int, double>? residual = null)
    {
        var rows = Enumerable.Range(0, steps).Select(t => string.Join(',', ((double[])
        [
            t, 0.5, loss(t), predicted?.Invoke(t) ?? 1, trace?.Invoke(t) ?? 1, beyond?.Invoke(t) ?? 0, t, residual?.Invoke(t) ?? 0,
        ]).Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
        return FlowScore.Of(MetricsTable.Read(_folder.Write(
            "metrics.csv",
            "step,loss,run_loss,predicted_loss,flow_trace,beyond_quadratic,flow_distance,complementarity_1\n" + string.Join('\n', rows) + "\n")))!;
    }
}
