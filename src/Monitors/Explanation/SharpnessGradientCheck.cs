using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// Whether ∇S is the derivative of uᵀHu: third derivatives are where libtorch has been found silently wrong (its native layer
/// norm, pytorch issue 175754). Cost: four gradients and four HVPs, once in a run.
/// </summary>
internal static class SharpnessGradientCheck
{
    /// <summary>What is said when it is not.</summary>
    public const string Disagreement = "∇S disagrees with a central difference of uᵀHu: libtorch's third derivative of this objective is wrong";

    // A wrong derivative is wrong by tens of percent; central differences in float32 reach a percent or two.
    private const double Tolerance = 0.05;

    /// <summary>The complaint, or null where computed and differenced slope along ∇S agree at one of two distances.</summary>
    /// <param name="objective">Stands at θ; is moved and brought back.</param>
    /// <param name="computed">∇S at θ, shape [d].</param>
    /// <param name="u">The unit eigenvector, held fixed.</param>
    public static string? Complaint(IObjective objective, Tensor computed, Tensor u)
    {
        var slope = computed.norm().to(ScalarType.Float64).item<double>();
        if (!(slope > 0))
        {
            return double.IsNaN(slope) ? Disagreement : null; // a quadratic: nothing to compare, and nothing to explain
        }

        using var scope = NewDisposeScope();
        var (start, direction) = (objective.Point(), computed / slope);
        try
        {
            // Far enough that the difference stands above the rounding of uᵀHu, near enough that the slope is still the same.
            var rounding = objective.DataType == ScalarType.Float64 ? 1e-10 : 1e-4;
            var distance = Math.Sqrt(rounding) * Math.Max(Math.Abs(Curvature(0)), slope) / slope;
            return Agrees(distance) || Agrees(distance / 8) ? null : Disagreement;
        }
        finally
        {
            objective.MoveTo(start);
        }

        bool Agrees(double h) => Math.Abs((Curvature(h) - Curvature(-h)) / (2 * h) - slope) <= Tolerance * slope;

        double Curvature(double h)
        {
            using var inner = NewDisposeScope();
            objective.MoveTo(start + h * direction);
            using var expansion = objective.Expand(curvature: true);
            return expansion.HessianProduct(u.unsqueeze(0))[0].dot(u).to(ScalarType.Float64).item<double>();
        }
    }
}
