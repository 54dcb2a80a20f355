using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>An intervention: another learning rate, from a step on.</summary>
/// <param name="Step">The first step with it.</param>
/// <param name="LearningRate">The learning rate.</param>
internal sealed record RateChange(long Step, double LearningRate)
{
    /// <summary>The interventions of an experiment, those to come among them. A schedule that follows a formula is none.</summary>
    public static IReadOnlyList<RateChange> Of(Experiment experiment) => experiment.Optimizer.Schedule switch
    {
        ListSchedule list => [.. list.Values.OrderBy(v => v.Key).Select(v => new RateChange(v.Key, v.Value))],
        ScaledSchedule scaled => [new RateChange(scaled.From, experiment.Optimizer.LearningRateAt(scaled.From))],
        _ => [],
    };
}
