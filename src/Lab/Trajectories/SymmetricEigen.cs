using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Trajectories;

/// <summary>The largest eigenpairs of many small symmetric matrices.</summary>
internal static class SymmetricEigen
{
    /// <summary>
    /// The <paramref name="pairs"/> largest algebraic eigenvalues, shape [N, k], and unit eigenvectors, shape [N, k, d], of
    /// <paramref name="matrices"/>, float64, shape [N, d, d]; NaN for a matrix that is not finite.
    /// </summary>
    public static (Tensor Values, Tensor Vectors) Largest(Tensor matrices, int pairs)
    {
        var symmetric = matrices.Plus(matrices.transpose(1, 2)) * Scalar(0.5);
        var (values, vectors) = matrices.shape[1] == 2 ? TwoByTwo(symmetric) : Dense(symmetric);
        return (values.narrow(1, 0, pairs), vectors.narrow(1, 0, pairs));
    }

    /// <summary>Jacobi's rotation in closed form: the angle of the first axis is ½ atan2(2b, a − c).</summary>
    private static (Tensor Values, Tensor Vectors) TwoByTwo(Tensor matrices)
    {
        var (a, b, c) = (matrices.select(1, 0).select(1, 0), matrices.select(1, 0).select(1, 1), matrices.select(1, 1).select(1, 1));
        var (mean, half) = (a.Plus(c) * Scalar(0.5), (a - c) * Scalar(0.5));
        var radius = hypot(half, b);
        var angle = atan2(b, half) * Scalar(0.5);
        var (cos, sin) = (angle.cos(), angle.sin());
        return (stack([mean.Plus(radius), mean - radius], 1), stack([stack([cos, sin], 1), stack([-sin, cos], 1)], 1));
    }

    /// <summary>LAPACK, which refuses numbers that are not finite.</summary>
    private static (Tensor Values, Tensor Vectors) Dense(Tensor matrices)
    {
        var finite = matrices.isfinite().flatten(1).all(1, keepdim: true);
        var (values, vectors) = linalg.eigh(where(finite.unsqueeze(2), matrices, 0.0));
        return (where(finite, values.flip(1), double.NaN), where(finite.unsqueeze(2), vectors.flip(2).transpose(1, 2), double.NaN));
    }
}
