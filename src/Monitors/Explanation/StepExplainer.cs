using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// Computes the quantities of <see cref="StepExplanation"/> at each measured step. Cost: one ∇S (see <see cref="IDerivatives"/>) and a
/// few dot products.
/// </summary>
/// <param name="objective">The objective that is minimized; the self-check moves it and back.</param>
/// <param name="every">Steps between measurements of ∇S.</param>
internal sealed class StepExplainer(IObjective objective, int every) : IDisposable
{
    private const string GradientPrefix = "gradient.", CheckedKey = "checked";
    private const long Passed = 1, FirstRefusal = 2;

    private readonly ModeTracker _modes = new();
    private readonly List<Tensor> _gradients = []; // g_{t−1}, g_{t−2}
    private bool _checked;
    private Tensor? _unchecked; // the first ∇S, until it has passed the check

    /// <summary>Why ∇S is not measured, as a sentence, or null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The explanation of one step.</summary>
    /// <param name="seen">The measurement so far.</param>
    /// <param name="derivatives">At θ_t, with curvature.</param>
    /// <param name="edge">The stability edge of the update about to be made.</param>
    /// <param name="eigenvalues">All tracked eigenvalues.</param>
    /// <param name="directions">Unit vectors along which θ moves with them, shape [m, d].</param>
    public StepExplanation Explain(Measurement seen, IDerivatives derivatives, StabilityEdge edge, IReadOnlyList<double> eigenvalues, Tensor directions)
    {
        using var scope = NewDisposeScope();
        var gradient = derivatives.Gradient;
        double[] curvatures = edge.Preconditioner is null
            ? [.. eigenvalues]
            : [.. eigenvalues.Zip(Numbers(directions.Squared().mv(edge.Preconditioner)), (value, scale) => value * scale)];
        var displacements = Numbers(directions.mv(gradient)).Zip(curvatures, Displacement).ToArray();
        var explanation = new StepExplanation
        {
            Guards = [.. eigenvalues.Skip(seen.Eigenvalues.Count)],
            Modes = _modes.Follow(directions),
            OscillationEnergy = Enumerable.Range(0, curvatures.Length)
                .Where(i => eigenvalues[i] > seen.Threshold / 2)
                .Sum(i => curvatures[i] * displacements[i] * displacements[i] / 2),
            Alternation = _gradients.Count < 2 ? null : Alternation(gradient, directions),
            Oscillations = _gradients.Count < 2
                ? []
                : [.. Numbers(directions.mv((gradient - Scalar(2) * _gradients[0]).Plus(_gradients[1]))).Zip(curvatures, (d, c) => Displacement(d / 4, c))],
        };
        return !edge.IsPlainGradientDescent || seen.Step % every != 0 || Refusal is not null
            ? explanation
            : WithSharpnessGradient(explanation, seen, derivatives, eigenvalues, directions, displacements[0]);
    }

    /// <summary>
    /// Checks the first ∇S against central differences, which moves the parameters and back; call it when the derivatives of the step
    /// are no longer needed. Cost: 16 gradients and HVPs, once in a run.
    /// </summary>
    /// <param name="seen">The explained measurement.</param>
    /// <param name="directions">As for <see cref="Explain"/>.</param>
    /// <returns>The measurement, without what follows from ∇S where the check failed.</returns>
    public Measurement Checked(Measurement seen, Tensor directions)
    {
        if (_unchecked is null)
        {
            return seen;
        }

        using var scope = NewDisposeScope();
        using var gradient = _unchecked;
        (_unchecked, _checked) = (null, true);
        Refusal = SharpnessGradientCheck.Problem(objective, gradient, directions[0], seen.Sharpness!.Value);
        return Refusal is null || seen.Explanation is not { } e ? seen : seen with
        {
            Explanation = new StepExplanation { Guards = e.Guards, Oscillations = e.Oscillations, Modes = e.Modes, OscillationEnergy = e.OscillationEnergy },
        };
    }

    /// <summary>α and β with another tracked vector in the place of u.</summary>
    public Burst Measure(int rank, IDerivatives derivatives, IReadOnlyList<double> eigenvalues, Tensor directions)
    {
        if (Refusal is not null)
        {
            return new Burst(rank, double.NaN, double.NaN);
        }

        using var scope = NewDisposeScope();
        var terms = new SelfStabilizationTerms(derivatives, eigenvalues, directions, rank);
        return new Burst(rank, terms.Alpha, terms.Beta);
    }

    /// <summary>Keeps the gradient of a step, measured or not; null where it was not evaluated: those of earlier steps are then forgotten.</summary>
    public void Remember(Tensor? gradient)
    {
        if (gradient is null)
        {
            _gradients.ForEach(g => g.Dispose());
            _gradients.Clear();
            return;
        }

        _gradients.Insert(0, gradient.clone().DetachFromDisposeScope());
        if (_gradients.Count > 2)
        {
            _gradients[2].Dispose();
            _gradients.RemoveAt(2);
        }
    }

    /// <summary>The state that the next step needs, by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
    [
        .. _gradients.Select((g, i) => KeyValuePair.Create($"{GradientPrefix}{i}", g)),
        .. _modes.State,
        .. _checked ? [KeyValuePair.Create(CheckedKey, tensor(CheckCode))] : (KeyValuePair<string, Tensor>[])[],
    ];

    /// <summary>Continues from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        for (var i = 0; state.TryGetValue($"{GradientPrefix}{i}", out var gradient); i++)
        {
            _gradients.Add(gradient.clone().DetachFromDisposeScope());
        }

        _modes.Restore(state);
        _checked = state.TryGetValue(CheckedKey, out var code);
        Refusal = _checked && code!.item<long>() >= FirstRefusal ? SharpnessGradientCheck.Sentences[code.item<long>() - FirstRefusal] : null;
    }

    public void Dispose()
    {
        _modes.Dispose();
        _unchecked?.Dispose();
        _gradients.ForEach(g => g.Dispose());
    }

    private long CheckCode => Array.IndexOf(SharpnessGradientCheck.Sentences, Refusal) is >= 0 and var i ? FirstRefusal + i : Passed;

    private StepExplanation WithSharpnessGradient(
        StepExplanation explanation, Measurement seen, IDerivatives derivatives, IReadOnlyList<double> eigenvalues, Tensor directions, double x)
    {
        SelfStabilizationTerms terms;
        try
        {
            terms = new SelfStabilizationTerms(derivatives, eigenvalues, directions, rank: 1);
        }
        catch (DifferentiationException e)
        {
            Refusal = $"∇S could not be differentiated: {e.Message}";
            return explanation;
        }

        if (!_checked)
        {
            _unchecked = terms.SharpnessGradient.clone().DetachFromDisposeScope();
        }

        var squared = seen.GradientNorm * seen.GradientNorm;
        var perp = Square(terms.GradientPerp);
        var remaining = Square(terms.FloorGradientPerp);
        var sharpness = seen.Sharpness!.Value;
        var u = directions[0];
        return explanation with
        {
            Alpha = Finite(terms.Alpha),
            Beta = Finite(terms.Beta),
            Delta = terms.Alpha > 0 && terms.Beta > 0 ? Math.Sqrt(2 * terms.Alpha / terms.Beta) : null,
            X = Finite(x),
            XAlternating = explanation.Oscillations.Count > 0 ? explanation.Oscillations[0] : null,
            XSlow = _gradients.Count < 2
                ? null
                : Finite((sharpness * x + 2 * Dot(u, _gradients[0]) + Dot(u, _gradients[1])) / (4 * sharpness)),
            Y = sharpness - seen.Threshold,
            SharpnessGradientNorm = terms.SharpnessGradientNorm,
            LinearShare = Finite(1 - perp / squared),
            CubicShare = Finite((perp - remaining) / squared),
            RemainingShare = Finite(remaining / squared),
            Alignment = _gradients.Count < 2 ? null : Finite(terms.Alignment(_gradients[0].Plus(_gradients[1]))),
        };
    }

    /// <summary>The cosine between the last two changes of the gradient, in the space of the tracked vectors.</summary>
    private double? Alternation(Tensor gradient, Tensor directions)
    {
        var (now, before) = (directions.mv(gradient - _gradients[0]), directions.mv(_gradients[0] - _gradients[1]));
        return Finite(Dot(now, before) / Math.Sqrt(Square(now) * Square(before)));
    }

    private static double Displacement(double component, double curvature) => curvature == 0 ? 0 : component / curvature;

    // A number that is not finite carries no information: its cell stays empty.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static double Dot(Tensor a, Tensor b) => a.dot(b).to(ScalarType.Float64).item<double>();

    private static double Square(Tensor a) => Dot(a, a);

    private static double[] Numbers(Tensor vector) => [.. vector.to(ScalarType.Float64).cpu().data<double>()];
}
