using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// Critical sharpness 2/η_c, η_c the smallest learning rate at which this update would not lower the loss: found by a line search with forward
/// passes only, for networks that are too large for Hessian–vector products (arXiv 2601.16979). For gradient descent on a quadratic it is
/// gᵀHg/|g|², which is at most λ₁. Empty where the update does not descend, or no step along it raises the loss.
/// </summary>
/// <remarks>
/// With c the step in units of the update, (L(θ + cd) − L(θ))/c is gᵀd at c = 0 and 0 at the critical step, and linear in c on a quadratic: the
/// search takes secants from the last step's c on, inside a bracket. It returns the end of the bracket that does not lower the loss, at most
/// <see cref="Tolerance"/> too far. Cost: four to six evaluations of the loss, and more where the critical step changes by a factor.
/// </remarks>
public sealed class CriticalSharpness : IStepMeasurement
{
    /// <summary>The relative width of the last bracket.</summary>
    public const double Tolerance = 1e-2;

    // A step that is still downhill after this many doublings has no critical length.
    private const int MostEvaluations = 30;

    private const string StepKey = "step";

    private double _start = 1;

    /// <inheritdoc/>
    public string Name => "critical_sharpness";

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns { get; } = [Column.Further("critical_sharpness", "loss/θ²")];

    /// <inheritdoc/>
    public bool IsLast => true;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, Tensor>> State => [KeyValuePair.Create(StepKey, NamedState.Exact(_start))];

    /// <inheritdoc/>
    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        using var scope = NewDisposeScope();
        if (point.Update is not { } update || seen.LearningRate is not > 0
            || point.Derivatives.Gradient.dot(update).to(ScalarType.Float64).item<double>() is not (< 0 and var slope))
        {
            return seen;
        }

        try
        {
            if (Search(slope, c => (At(point, update, c) - seen.Loss) / c) is not { } critical)
            {
                return seen;
            }

            _start = critical;
            return seen with
            {
                Further = new Dictionary<string, double>(seen.Further) { ["critical_sharpness"] = 2 / (critical * seen.LearningRate.Value) },
            };
        }
        finally
        {
            point.Objective.SetParameters(point.Parameters);
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state) =>
        _start = state.TryGetValue(StepKey, out var step) ? NamedState.Numbers(step)[0] : _start;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static double At(MeasurementPoint point, Tensor update, double c)
    {
        using var scope = NewDisposeScope();
        point.Objective.SetParameters(point.Parameters.add(update, alpha: Scalar(c)));
        return point.Objective.EvaluateLoss();
    }

    /// <summary>The first c at which the mean slope is not negative, to the tolerance; null where there is none.</summary>
    /// <param name="slope">The slope at 0, negative.</param>
    /// <param name="mean">The mean slope from 0 to c.</param>
    private double? Search(double slope, Func<double, double> mean)
    {
        var (low, high) = (0.0, double.PositiveInfinity);
        var next = _start;
        for (var i = 0; i < MostEvaluations; i++)
        {
            var value = mean(next);
            if (value < 0)
            {
                low = next;
            }
            else
            {
                high = next;
            }

            if (high <= low * (1 + Tolerance))
            {
                return high;
            }

            // The root of the secant from 0 to here: exact on a quadratic. It is then closed in from either side.
            var root = double.IsFinite(value) ? slope * next / (slope - value) : double.NaN;
            next = value < 0 ? root * (1 + Tolerance / 3) : root * (1 - Tolerance / 3);
            if (!(next > low && next < high) || i > 5)
            {
                next = double.IsInfinity(high) ? 2 * low : low == 0 ? high / 2 : (low + high) / 2;
            }

            next = double.IsInfinity(high) ? Math.Min(next, 4 * low) : next;
        }

        return null;
    }
}
