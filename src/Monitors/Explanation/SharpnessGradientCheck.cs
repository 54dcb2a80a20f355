using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// Whether ∇S is the derivative of uᵀHu: third derivatives are where libtorch has been found silently wrong (its native layer
/// norm, pytorch issue 175754). A wrong one can have nearly the right slope along itself, so it is compared along random
/// directions, in which an error of any direction shows. Libtorch is blamed only where the objective gives the same uᵀHu twice and its
/// differences agree at two distances. Cost: 16 gradients and HVPs, 34 where they disagree, once in a run.
/// </summary>
internal static class SharpnessGradientCheck
{
    /// <summary>The sentences when it is not; their order is that of the codes in checkpoints, from 2.</summary>
    public static readonly string[] Sentences =
    [
        "∇S disagrees with central differences of uᵀHu, which agree with each other: libtorch's third derivative of this objective is wrong",
        "∇S cannot be checked: the objective is random, two evaluations at the same parameters give different curvatures",
        "∇S cannot be checked: uᵀHu is not smooth here, its central differences at two distances disagree",
    ];

    private static string Wrong => Sentences[0];

    private static string Noisy => Sentences[1];

    private static string Rough => Sentences[2];

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
            return double.IsNaN(length) ? Rough : null; // a quadratic: nothing to compare, and nothing to explain
        }

        using var scope = NewDisposeScope();
        var (start, root) = (objective.GetParameters(), Math.Sqrt(objective.Dimension));
        try
        {
            // Far enough that the difference stands above the rounding of uᵀHu, near enough that the slope is still the same.
            var rounding = objective.DataType == ScalarType.Float64 ? 1e-10 : 1e-4;
            var distance = Math.Sqrt(rounding * root) * Math.Max(Math.Abs(sharpness), length) / length;
            var far = Slopes(distance);
            if (Error(far, far.Select(s => s.Exact)) <= Tolerance)
            {
                return null;
            }

            var near = Slopes(distance / 8);
            return Error(near, near.Select(s => s.Exact)) <= Tolerance ? null
                : Curvature(zeros_like(start)) != Curvature(zeros_like(start)) ? Noisy
                : Error(far, near.Select(s => s.Slope)) <= Tolerance ? Wrong
                : Rough;
        }
        finally
        {
            objective.SetParameters(start);
        }

        // The root mean square over the directions estimates |error|/|∇S|.
        double Error((double Slope, double Exact)[] slopes, IEnumerable<double> expected) =>
            Math.Sqrt(slopes.Zip(expected, (s, e) => Math.Pow((s.Slope - e) * root / length, 2)).Average());

        // The slope of uᵀHu along random unit vectors by central differences, and from ∇S.
        (double Slope, double Exact)[] Slopes(double h)
        {
            var random = new Random(0); // not libtorch's generator, whose state is the user's
            return [.. Enumerable.Range(0, Directions).Select(_ =>
            {
                using var inner = NewDisposeScope();
                var direction = tensor(Enumerable.Range(0, (int)objective.Dimension).Select(_ => random.Next(2) == 0 ? -1.0 : 1.0).ToArray())
                    .to(objective.DataType).to(objective.Device) / Scalar(root);
                return (
                    (Curvature(Scalar(h) * direction) - Curvature(Scalar(-h) * direction)) / (2 * h),
                    direction.dot(computed).to(ScalarType.Float64).item<double>());
            })];
        }

        double Curvature(Tensor shift)
        {
            objective.SetParameters(start.Plus(shift));
            using var derivatives = objective.Evaluate(curvature: true);
            return derivatives.Hvp(u.unsqueeze(0))[0].dot(u).to(ScalarType.Float64).item<double>();
        }
    }
}
