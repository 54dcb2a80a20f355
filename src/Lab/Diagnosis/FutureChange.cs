using System.Globalization;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>What is different in a future.</summary>
/// <param name="Name">A word for it, which names its folder.</param>
/// <param name="Text">The change in words.</param>
internal sealed record FutureChange(string Name, string Text)
{
    /// <summary>Nothing: the training as it was.</summary>
    public static FutureChange None { get; } = new("as-it-was", "as it was") { IsNone = true };

    /// <summary>Nothing, for a training that has not begun.</summary>
    public static FutureChange Planned { get; } = new("as-planned", "as planned") { IsNone = true };

    /// <summary>Whether nothing is changed: such a future is measured at every step, and its spikes are explained.</summary>
    public bool IsNone { get; private init; }

    /// <summary>What the learning rate is multiplied by.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The settings of the optimizer, given those of the training.</summary>
    public Func<OptimizerSettings, OptimizerSettings> Settings { get; init; } = settings => settings;

    /// <summary>Whether the optimizer begins without memory, as at its first step.</summary>
    public bool Forgets { get; init; }

    /// <summary>Steps of the window whose batches are replaced by others.</summary>
    public IReadOnlySet<long> Skipped { get; init; } = new HashSet<long>();

    /// <summary>Another learning rate.</summary>
    /// <param name="factor">What the learning rate is multiplied by.</param>
    /// <param name="value">The result, for the words.</param>
    /// <param name="why">What it is, in a word or two.</param>
    /// <param name="name">The name.</param>
    public static FutureChange LearningRate(double factor, double value, string why, string name) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"η = {value:G5} ({why})")) { Factor = factor };

    /// <summary>The experiment of this future.</summary>
    /// <param name="experiment">That of the training.</param>
    /// <param name="from">The step at which the future begins.</param>
    /// <param name="steps">How many updates it makes.</param>
    public Experiment Of(Experiment experiment, long from, int steps)
    {
        var optimizer = Settings(experiment.Optimizer);
        return experiment with
        {
            Name = Name,
            Steps = (int)from + steps,
            Optimizer = Factor == 1 ? optimizer : optimizer with
            {
                Schedule = new ScaledSchedule { From = (int)from, Factor = Factor, Schedule = optimizer.Schedule },
            },
        };
    }
}
