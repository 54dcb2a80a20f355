using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Spectra;

/// <summary>
/// Stochastic Lanczos quadrature (Ghorbani 2019, arXiv 1901.10159): m Lanczos steps from a random unit vector v give the Gaussian quadrature of
/// the measure Σ(v·u_i)²δ(λ − λ_i), whose expectation is the spectrum. Its nodes are the Ritz values, its weights the squared first components of
/// their vectors.
/// </summary>
public static class SpectralQuadrature
{
    /// <summary>The estimated spectrum. Cost: at most <paramref name="vectors"/>·<paramref name="steps"/> HVPs, and memory for steps·d numbers.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="vectors">How many random vectors.</param>
    /// <param name="steps">m, the Lanczos steps from each, with full reorthogonalization.</param>
    /// <param name="seed">The seed of the vectors.</param>
    /// <param name="progress">Receives the number of vectors done.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public static SpectralMeasure Estimate(ILinearOperator matrix, int vectors, int steps, long seed, Action<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        using var generator = new Generator((ulong)seed);
        var (probes, products) = (new List<IReadOnlyList<WeightedValue>>(), 0L);
        for (var i = 0; i < vectors; i++)
        {
            using var scope = NewDisposeScope();
            var start = randn([matrix.Dimension], dtype: matrix.DataType, generator: generator).to(matrix.Device);
            var (rule, spent) = Rule(matrix, start, (int)Math.Min(steps, matrix.Dimension));
            probes.Add(rule);
            products += spent;
            progress?.Invoke(i + 1);
        }

        return new SpectralMeasure(probes, products);
    }

    private static (IReadOnlyList<WeightedValue> Rule, int Products) Rule(ILinearOperator matrix, Tensor start, int steps)
    {
        using var process = new LanczosProcess(matrix);
        process.Step(start);

        // In an invariant space the vector sees no more of the matrix.
        while (process.Steps < steps && process.Beta > Eigenpairs.Rounding(matrix.DataType) * process.Largest)
        {
            process.Step();
        }

        var (values, vectors) = process.Ritz();
        return ([.. values.Zip(vectors[0].data<double>(), (value, first) => new WeightedValue(value, first * first))], process.Steps);
    }
}
