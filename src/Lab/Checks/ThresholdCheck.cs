using LossSpikes.Lab.Theory;

namespace LossSpikes.Lab.Checks;

/// <summary>Every optimizer's edge of stability on a quadratic.</summary>
internal sealed class ThresholdCheck : ITheoryCheck
{
    public string Name => "thresholds";

    public string Description => "the largest stable learning rate of each optimizer on a quadratic, by bisection, against its formula";

    public IReadOnlyList<CheckRow> Run() => StabilityLimit.Measure();
}
