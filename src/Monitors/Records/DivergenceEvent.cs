using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>The loss was not finite or passed the limit. <c>lab run</c> ends there; a loop of your own may go on.</summary>
/// <param name="Step">The step.</param>
/// <param name="Loss">The loss at that step.</param>
/// <param name="Limit">divergence_factor times the larger of |loss at step 0| and the objective's own scale.</param>
public sealed record DivergenceEvent(long Step, double Loss, double Limit) : MonitorEvent(Step)
{
    /// <inheritdoc/>
    public override string Describe() => double.IsFinite(Loss)
        ? string.Create(CultureInfo.InvariantCulture, $"the loss diverged: {Loss:G5} is above {Limit:G5}")
        : "the loss diverged: it is no longer a finite number";
}
