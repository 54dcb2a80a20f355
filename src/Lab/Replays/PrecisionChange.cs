using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Objectives;

namespace LossSpikes.Lab.Replays;

/// <summary><c>dtype float64</c>: parameters, data and arithmetic in another precision, from the checkpoint on.</summary>
internal sealed record PrecisionChange(Precision Precision) : Change($"dtype {Name(Precision)}", Name(Precision))
{
    public override bool ActsAtCheckpoint => true;

    public override bool ActsAnywhere => false;

    public override Experiment Of(Experiment experiment, long at) => experiment.Precision != Precision
        ? experiment with { Dtype = Precision }
        : throw new InputException($"{experiment.Name} works in {Name(Precision)} already, so that {Text} changes nothing");

    private static string Name(Precision precision) => precision.ToString().ToLowerInvariant();
}
