using LossSpikes.Lab.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Trajectories;

/// <summary>Sharpness, eigenvectors and gradient components along a finished trajectory, many points per autograd call.</summary>
internal static class TrajectoryCurvature
{
    // Enough points that torch's cost per operation does not count, few enough that intermediates stay in the cache.
    private const long PointsAtATime = 512;
    private const long HessianNumbersAtATime = 1 << 21;

    /// <summary>
    /// Measures the curvature at every point. Cost per point: one gradient graph, d Hessian–vector products and a d×d
    /// eigenproblem; with <paramref name="sharpnessGradient"/> about six gradients more.
    /// </summary>
    /// <param name="formula">The objective that was walked.</param>
    /// <param name="trajectory">The points.</param>
    /// <param name="pairs">How many eigenpairs are kept, at most d.</param>
    /// <param name="sharpnessGradient">Whether ∇S is taken too.</param>
    public static CurvatureTrace Along(IBatchedFunction formula, Trajectory trajectory, int pairs = 2, bool sharpnessGradient = false)
    {
        var (d, length) = (trajectory.Parameters.Length, trajectory.Loss.Length);
        var trace = Empty(d, length, Math.Min(pairs, d), sharpnessGradient);
        var count = (int)Math.Clamp(HessianNumbersAtATime / ((long)d * d), 1, PointsAtATime);
        for (var at = 0; at < length; at += count)
        {
            using var scope = NewDisposeScope();
            var range = at..Math.Min(at + count, length);
            var points = stack([.. trajectory.Parameters.Select(series => tensor(series[range]))], 1);
            Write(PointCurvature.Measure(formula, points, trace.Eigenvalues.Length, sharpnessGradient), trace, at);
        }

        for (var rank = 0; rank < trace.Eigenvalues.Length; rank++)
        {
            SignContinuity.Apply(trace.Vectors[rank], trace.GradientAlong[rank]);
        }

        return trace;
    }

    private static CurvatureTrace Empty(int d, int length, int pairs, bool sharpnessGradient)
    {
        double[][] Series(int count) => [.. Enumerable.Range(0, count).Select(_ => new double[length])];
        return new(
            Series(pairs), [.. Enumerable.Range(0, pairs).Select(_ => Series(d))], Series(pairs), new double[length], sharpnessGradient ? Series(d) : null);
    }

    private static void Write(PointCurvature block, CurvatureTrace trace, int at)
    {
        Write(block.Values.t(), trace.Eigenvalues, at);
        Write(block.GradientAlong.t(), trace.GradientAlong, at);
        Write(block.GradientNorm.unsqueeze(0), [trace.GradientNorm], at);
        for (var rank = 0; rank < trace.Vectors.Length; rank++)
        {
            Write(block.Vectors.select(1, rank).t(), trace.Vectors[rank], at);
        }

        if (trace.SharpnessGradient is not null)
        {
            Write(block.SharpnessGradient!.t(), trace.SharpnessGradient, at);
        }
    }

    private static void Write(Tensor rows, double[][] series, int at)
    {
        for (var i = 0; i < series.Length; i++)
        {
            rows[i].contiguous().data<double>().CopyTo(series[i], at, 0);
        }
    }
}
