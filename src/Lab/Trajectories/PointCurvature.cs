using LossSpikes.Lab.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Trajectories;

/// <summary>The curvature at N points of one formula, float64; it belongs to the caller's dispose scope.</summary>
/// <param name="Values">The largest eigenvalues, shape [N, k].</param>
/// <param name="Vectors">Their eigenvectors, signs as they come, shape [N, k, d].</param>
/// <param name="GradientAlong">g·v, shape [N, k].</param>
/// <param name="GradientNorm">|g|, shape [N].</param>
/// <param name="SharpnessGradient">∇S, shape [N, d], or null.</param>
internal sealed record PointCurvature(Tensor Values, Tensor Vectors, Tensor GradientAlong, Tensor GradientNorm, Tensor? SharpnessGradient)
{
    /// <summary>
    /// Measures at the rows of <paramref name="points"/>, shape [N, d]. The sum of the losses has a block-diagonal Hessian, so
    /// that its product with a unit vector repeated N times gives one column of all N Hessians.
    /// </summary>
    public static PointCurvature Measure(IBatchedFunction formula, Tensor points, int pairs, bool sharpnessGradient)
    {
        var (n, d) = (points.shape[0], points.shape[1]);
        using var batch = new ToyObjective(formula, points);
        using var derivatives = batch.Evaluate(curvature: true);
        var columns = derivatives.Hvp(eye(d, dtype: ScalarType.Float64).repeat(1, n)).view(d, n, d);
        var (values, vectors) = SymmetricEigen.Largest(columns.permute(1, 0, 2), pairs);
        var gradient = derivatives.Gradient.view(n, d);
        return new(
            values,
            vectors,
            (vectors * gradient.unsqueeze(1)).sum(2L),
            gradient.Squared().sum(1L).sqrt(),
            sharpnessGradient ? derivatives.SharpnessGradient(vectors.select(1, 0).reshape(-1)).view(n, d) : null);
    }
}
