using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// Whether ∇S is the derivative of uᵀHu: third derivatives are where libtorch has been found silently wrong (its native layer
/// norm, pytorch issue 175754). A wrong one can have nearly the right slope along itself, so it is compared along random
/// directions, in which an error of any direction shows. Cost: 16 gradients and HVPs, once in a run.
/// </summary>
internal static class SharpnessGradientCheck
{
    /// <summary>The sentence when it is not.</summary>
    public const string Disagreement = "∇S disagrees with central differences of uᵀHu: libtorch's third derivative of this objective is wrong";

    // The layer norm's is wrong by 10–40 % of its length; central differences in float32 reach a percent or two.
    private const double Tolerance = 0.05;

    private const int Directions = 8;

    /// <summary>The problem as a sentence, or null where the computed slopes agree with central differences at one of two distances.</summary>
    /// <param name="objective">The objective, at θ; it is moved and restored.</param>
    /// <param name="computed">∇S at θ, shape [d].</param>
    /// <param name="u">The unit eigenvector, held fixed.</param>
    /// <param name="sharpness">S at θ.</param>
    public static string? Problem(IObjective objective, Tensor computed, Tensor u, double sharpness)
    {
        var length = computed.norm().to(ScalarType.Float64).item<double>();
        if (!(length > 0))
        {
            return double.IsNaN(length) ? Disagreement : null; // a quadratic: nothing to compare, and nothing to explain
        }

        using var scope = NewDisposeScope();
        var (start, root) = (objective.GetParameters(), Math.Sqrt(objective.Dimension));
        try
        {
            // Far enough that the difference stands above the rounding of uᵀHu, near enough that the slope is still the same.
            var rounding = objective.DataType == ScalarType.Float64 ? 1e-10 : 1e-4;
            var distance = Math.Sqrt(rounding * root) * Math.Max(Math.Abs(sharpness), length) / length;
            return Error(distance) <= Tolerance || Error(distance / 8) <= Tolerance ? null : Disagreement;
        }
        finally
        {
            objective.SetParameters(start);
        }

        // The root mean square over the directions estimates |error|/|∇S|.
        double Error(double h)
        {
            var random = new Random(0); // not libtorch's generator, whose state is the user's
            return Math.Sqrt(Enumerable.Range(0, Directions).Average(_ =>
            {
                using var inner = NewDisposeScope();
                var direction = tensor(Enumerable.Range(0, (int)objective.Dimension).Select(_ => random.Next(2) == 0 ? -1.0 : 1.0).ToArray())
                    .to(objective.DataType).to(objective.Device) / Scalar(root);
                var slope = (Curvature(Scalar(h) * direction) - Curvature(Scalar(-h) * direction)) / (2 * h);
                return Math.Pow((slope - direction.dot(computed).to(ScalarType.Float64).item<double>()) * root / length, 2);
            }));
        }

        double Curvature(Tensor shift)
        {
            objective.SetParameters(start.Plus(shift));
            using var derivatives = objective.Evaluate(curvature: true);
            return derivatives.Hvp(u.unsqueeze(0))[0].dot(u).to(ScalarType.Float64).item<double>();
        }
    }
}
