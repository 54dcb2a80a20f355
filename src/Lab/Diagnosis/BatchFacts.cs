using LossSpikes.Monitors.Detection;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The batches of the spike's window among others, before the spike and after it.</summary>
/// <param name="Others">How many other batches they are compared with.</param>
/// <param name="OthersBefore">The median of their losses before.</param>
/// <param name="OthersAfter">The same after; null where that moment is not known.</param>
/// <param name="Window">The batches of the window.</param>
internal sealed record BatchFacts(int Others, double OthersBefore, double? OthersAfter, IReadOnlyList<WindowBatch> Window)
{
    private const int Compared = 64;

    /// <summary>The batch of the window that was most extreme before; null without a window.</summary>
    public WindowBatch? Worst => Window.MaxBy(b => b.ScoreBefore);

    /// <summary>How many times as high the loss of the others is after; null where that is not known.</summary>
    public double? OthersRise => OthersAfter / OthersBefore;

    /// <summary>Evaluates the batches. Cost: 64 evaluations of a batch and one for each of the window, at each moment.</summary>
    /// <returns>Null where every update sees all examples.</returns>
    public static BatchFacts? Measure(TrainingCase @case)
    {
        using var batches = @case.CreateBatches();
        if (batches is null)
        {
            return null;
        }

        var others = new OtherBatches(batches.Whole, batches.Sampler.Examples, batches.Sampler.Size, @case.Experiment.Seed);
        var steps = @case.Window.Keys.Order().ToList();
        var (score, before) = At(@case.Before);
        var after = @case.After is { } moment ? At(moment) : ((RobustScore Score, List<double> Window)?)null;
        return new BatchFacts(Compared, score.Median, after?.Score.Median,
            [.. steps.Select((step, i) => new WindowBatch(step, before[i], score.Of(before[i]), after?.Window[i], @case.Window[step]))]);

        (RobustScore Score, List<double> Window) At(Snapshot moment)
        {
            @case.GoTo(moment);
            return (RobustScore.Of(others.Losses(Compared)), steps.ConvertAll(step => others.Loss(@case.Window[step])));
        }
    }
}

/// <summary>One batch of the window.</summary>
/// <param name="Step">The step that saw it.</param>
/// <param name="LossBefore">Its loss before the spike.</param>
/// <param name="ScoreBefore">How many spreads that is above the median of the others.</param>
/// <param name="LossAfter">Its loss after the spike.</param>
/// <param name="Examples">The indices of its examples.</param>
internal sealed record WindowBatch(long Step, double LossBefore, double ScoreBefore, double? LossAfter, IReadOnlyList<long> Examples);
