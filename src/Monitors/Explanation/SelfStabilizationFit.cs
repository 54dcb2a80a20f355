using System.Globalization;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// What the theory predicts about one spike, and what was measured. The theory assumes one unstable direction and gradient descent;
/// elsewhere no number is given, and the reason is kept.
/// </summary>
internal sealed class SelfStabilizationFit
{
    // Where another mode is this near the threshold, the theory of one unstable direction says nothing.
    private const double TooNear = 0.9;

    private const double Calm = 0.1;

    private const int FewestSteps = 2;

    private const double Jump = 0.01;

    // |1 − ηλ| is the factor of a step only where λ is nearly the same at both ends of it.
    private const double Steady = 0.25;

    private readonly SpikeEvent _spike;
    private readonly SpikeWindow _window;
    private readonly bool _plain;
    private readonly List<string> _leftOut = [];
    private readonly string? _noBudget;
    private readonly int _top;

    public SelfStabilizationFit(SpikeEvent spike, SpikeWindow window, MechanismEvidence evidence, bool plain, string? refusal)
    {
        (_spike, _window) = (spike, window);
        _plain = plain;
        _noBudget = NoBudget(evidence, refusal);
        _top = _noBudget is null ? Top() : 0;
        if (_noBudget is null && _top < 0)
        {
            _noBudget = "the oscillation never reached δ";
        }
    }

    /// <summary>The numbers that are missing, each with its reason.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>
    /// Growth of the oscillation in the unstable space per step up to the opening, and |1 − ηλ|: geometric means over the same steps. Where the
    /// spike opened sooner, the steps after the opening count too.
    /// </summary>
    public MeasuredVsPredicted? Growth()
    {
        var (first, last) = Growing();
        return !_plain ? Missing<MeasuredVsPredicted>("growth_per_step", "it is |1 − ηλ| for plain gradient descent only")
            : last - first < FewestSteps
                ? Missing<MeasuredVsPredicted>("growth_per_step", "fewer than two measured steps in a row changed sides while the loss rose")
            : !Enumerable.Range(first, last - first).All(IsSteady)
                ? Missing<MeasuredVsPredicted>("growth_per_step", "the sharpness changed by more than a quarter from one step to the next")
            : new MeasuredVsPredicted(
                Math.Exp(Math.Log(_window.Size(last)!.Value / _window.Size(first)!.Value) / (last - first)),
                Math.Exp(Enumerable.Range(first, last - first).Average(i => _window.LogFactor(i)!.Value)));
    }

    /// <summary>Change of the sharpness from the crossing to the top of y.</summary>
    public MeasuredVsPredicted? Change() => _noBudget is not null
        ? Missing<MeasuredVsPredicted>("sharpness_change", _noBudget)
        : new MeasuredVsPredicted(Midpoint(_top) - _window.Rows[_window.Crossing!.Value].Sharpness!.Value, Budget(_window.Crossing.Value, _top));

    /// <summary>Rise of the loss, and the part of it that the displacements account for.</summary>
    public MeasuredVsPredicted? Height() => double.IsFinite(_spike.PeakLoss)
        ? new MeasuredVsPredicted(_spike.PeakLoss - _spike.OnsetLoss, _window.Rows[_window.Peak].Explanation!.OscillationEnergy)
        : Missing<MeasuredVsPredicted>("height", "the loss was not finite");

    /// <summary>
    /// Mean cosine between −∇S⊥ and the motion orthogonal to u, over the steps with at least half of the peak's oscillation: those that
    /// end it.
    /// </summary>
    public double? Alignment()
    {
        var half = Math.Abs(_window.Oscillation(_window.Peak) ?? double.NaN) / 2;
        return Enumerable.Range(0, _window.Rows.Count)
            .Where(i => i >= _window.Open && Math.Abs(_window.Oscillation(i) ?? 0) >= half)
            .Average(i => _window.Rows[i].Explanation!.Alignment);
    }

    private T? Missing<T>(string what, string why) where T : class
    {
        _leftOut.Add($"{what}: {why}");
        return null;
    }

    private string? NoBudget(MechanismEvidence evidence, string? refusal)
    {
        if (!_plain)
        {
            return "the budget of the sharpness is that of plain gradient descent";
        }

        if (refusal is not null)
        {
            return refusal;
        }

        if (_window.Crossing is not { } crossing || evidence.AboveFromStart)
        {
            return "the sharpness did not cross the threshold since the last spike";
        }

        if (!_window.IsDense(crossing, _window.Rows.Count - 1))
        {
            return "the curvature was not measured at every step";
        }

        if (evidence.FirstAtCrossing is null)
        {
            return "the mode that burst was not tracked at the crossing";
        }

        if (evidence.FirstAtCrossing == false)
        {
            return $"the mode that burst was not the first one at the crossing but is mode {evidence.BurstRank} at the opening";
        }

        if (_window.Rows[crossing].Explanation is { XAlternating: { } x, Delta: { } delta } && Math.Abs(x) > Calm * delta)
        {
            return "the oscillation of the last spike had not died at the crossing";
        }

        var others = Enumerable.Range(crossing, _window.Open - crossing + 1).Select(i => _window.LargestOther(i) / _window.Rows[i].Threshold);
        return others.Max() is > TooNear and var other
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"another eigenvalue came up to {other:F2} of the threshold, and the theory assumes one unstable direction")
            : null;
    }

    /// <summary>The last step before |x| reaches δ, where y is highest.</summary>
    private int Top()
    {
        var (alpha, beta) = (double.NaN, double.NaN);
        for (var i = _window.Crossing!.Value; i <= _window.Peak; i++)
        {
            var explained = _window.Rows[i].Explanation!;
            (alpha, beta) = (explained.Alpha ?? alpha, explained.Beta ?? beta);
            if (_window.Oscillation(i) is { } x && x * x * beta >= 2 * alpha)
            {
                return i > _window.Crossing ? i - 1 : -1;
            }
        }

        return -1;
    }

    /// <summary>Σ η(α − ½βx²), α and β held between the steps at which they were measured.</summary>
    private double Budget(int from, int to)
    {
        var (alpha, beta, sum) = (double.NaN, double.NaN, 0.0);
        for (var i = 0; i < to; i++)
        {
            var row = _window.Rows[i];
            (alpha, beta) = (row.Explanation!.Alpha ?? alpha, row.Explanation.Beta ?? beta);
            var x = row.GradientDots[0] / row.Sharpness!.Value;
            sum += i < from ? 0 : row.LearningRate!.Value * (alpha - (beta * x * x / 2));
        }

        return sum;
    }

    /// <summary>S without the part that changes sides with the displacement.</summary>
    private double Midpoint(int i) =>
        (_window.Rows[i - 1].Sharpness!.Value + 2 * _window.Rows[i].Sharpness!.Value + _window.Rows[i + 1].Sharpness!.Value) / 4;

    /// <summary>Oscillations are second differences: they are those of one learning rate from two steps after a jump on.</summary>
    private int Clean() => Enumerable.Range(1, _window.Open)
        .Where(i => Math.Abs((_window.Rows[i].Threshold / _window.Rows[i - 1].Threshold) - 1) > Jump)
        .Select(i => i + 2).DefaultIfEmpty(0).Max();

    private bool IsSteady(int i) => Math.Abs((_window.Rows[i + 1].Sharpness!.Value / _window.Rows[i].Sharpness!.Value) - 1) <= Steady;

    /// <summary>The steps of the growth: those before the opening as long as it grew, or else the first that alternate.</summary>
    private (int First, int Last) Growing()
    {
        var clean = Clean();
        var first = Enumerable.Range(_window.Open, _window.Peak - _window.Open + 1).FirstOrDefault(i => i >= clean && _window.Size(i) > 0, _window.Peak);
        var last = first;
        while (Alternates(first) && _window.Size(first - 1) < _window.Size(first))
        {
            first--;
        }

        while (last - first < FewestSteps && last < _window.Peak && Alternates(last + 1))
        {
            last++;
        }

        while (last - first < FewestSteps && Alternates(first))
        {
            first--;
        }

        return (first, last);

        bool Alternates(int i) => i > clean && _window.Flips(i) > 0 && _window.Size(i) > 0 && _window.Size(i - 1) > 0;
    }
}
