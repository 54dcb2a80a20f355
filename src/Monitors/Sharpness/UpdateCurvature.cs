using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// κ = dᵀHd/(−gᵀd), the curvature along the update d that is about to be made, in units of the descent: to second order the loss rises where
/// κ &gt; 2. Under Adam it predicts spikes better than λ₁ does (arXiv 2506.04805). Empty where d does not descend. Cost: one HVP.
/// </summary>
public sealed class UpdateCurvature : IStepMeasurement
{
    /// <inheritdoc/>
    public string Name => "update_curvature";

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns { get; } = [Column.Further("update_curvature", "")];

    /// <inheritdoc/>
    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        if (point.Update is null)
        {
            return seen;
        }

        seen = seen with { HessianProducts = seen.HessianProducts + 1 };
        return Of(point.Derivatives, point.Update) is not { } curvature ? seen : seen with
        {
            Further = new Dictionary<string, double>(seen.Further) { ["update_curvature"] = curvature },
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>κ, or null where the update does not descend.</summary>
    /// <param name="derivatives">At θ_t, with curvature.</param>
    /// <param name="update">d, shape [d].</param>
    internal static double? Of(Objectives.IDerivatives derivatives, Tensor update)
    {
        using var scope = NewDisposeScope();
        var descent = -derivatives.Gradient.dot(update).to(ScalarType.Float64).item<double>();
        var curvature = update.dot(derivatives.Hvp(update.unsqueeze(0))[0]).to(ScalarType.Float64).item<double>() / descent;
        return descent > 0 && double.IsFinite(curvature) ? curvature : null;
    }
}
