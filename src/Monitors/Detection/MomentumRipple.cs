namespace LossSpikes.Monitors.Detection;

/// <summary>
/// Recognizes the ripples of momentum: on a stable, underdamped mode the iterates swing through the minimum, and the loss passes near its
/// lowest value twice a period. For c = u·g, the number Q_t = c_t² − (1+β−ηλ)·c_t·c_(t−1) + β·c_(t−1)² falls by exactly β a step while the mode is
/// stable (the invariant quadratic form of the recurrence c_(t+1) = (1+β−ηλ)c_t − βc_(t−1)).
/// </summary>
/// <remarks>β follows from what is recorded: T·η = 2+2β for Polyak's momentum, (2+2β)/(1−β) for an average of gradients. The one for which Q
/// falls by β is right.</remarks>
internal sealed class MomentumRipple
{
    // Steps in a row at which Q must fall by β, to this relative accuracy.
    private const int Steps = 4;
    private const double Accuracy = 0.01;

    private readonly Dictionary<(int Rank, bool Averaged), Mode> _modes = [];
    private Measurement? _before;

    /// <summary>The period in steps, where some reported mode ripples at the last measurement; or null.</summary>
    public double? Period => _modes.Values.Where(m => m.Matches >= Steps).Select(m => (double?)m.Period).FirstOrDefault();

    /// <summary>Adds a step.</summary>
    public void Observe(Measurement now)
    {
        var product = now.Threshold * now.LearningRate;
        if (_before is { } before && now.Step == before.Step + 1 && product is > 2 && double.IsFinite(product.Value))
        {
            for (var rank = 0; rank < Math.Min(now.GradientDots.Count, before.GradientDots.Count); rank++)
            {
                Follow((rank, false), (product.Value / 2) - 1, now.LearningRate!.Value, before, now);
                var beta = (product.Value - 2) / (product.Value + 2);
                Follow((rank, true), beta, now.LearningRate.Value * (1 - beta), before, now);
            }
        }
        else
        {
            _modes.Clear();
        }

        _before = now;
    }

    private void Follow((int Rank, bool Averaged) key, double beta, double rate, Measurement before, Measurement now)
    {
        var (c, last, trace) = (now.GradientDots[key.Rank], before.GradientDots[key.Rank], 1 + beta - rate * now.Eigenvalues[key.Rank]);
        var form = c * c - trace * c * last + beta * last * last;
        var underdamped = beta is > 0 and < 1 && Math.Abs(trace) < 2 * Math.Sqrt(beta);
        _modes.TryGetValue(key, out var mode);
        var falls = underdamped && mode is { Form: > 0 } && Math.Abs(form / mode.Form / beta - 1) < Accuracy;
        _modes[key] = new Mode(form, falls ? mode!.Matches + 1 : 0, underdamped ? 2 * Math.PI / Math.Acos(trace / (2 * Math.Sqrt(beta))) : 0);
    }

    private sealed record Mode(double Form, int Matches, double Period);
}
