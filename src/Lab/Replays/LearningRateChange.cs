using System.Globalization;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Replays;

/// <summary><c>learning_rate*0.5</c>: the step size is multiplied by a factor from the step of the change on.</summary>
internal sealed record LearningRateChange(double Factor) : Change(
    string.Create(CultureInfo.InvariantCulture, $"learning_rate*{Factor:R}"),
    string.Create(CultureInfo.InvariantCulture, $"learning_rate-{Factor:R}").Replace("+", "", StringComparison.Ordinal))
{
    public override Experiment Of(Experiment experiment, long at) => experiment with
    {
        Optimizer = experiment.Optimizer with { Schedule = new ScaledSchedule { From = (int)at, Factor = Factor, Schedule = experiment.Optimizer.Schedule } },
    };
}
