using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Spectra;

/// <summary>The trace of a matrix with its 95 % confidence interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Error">Half the width of the interval; 0 where the trace is exact.</param>
/// <param name="Products">How many products with the matrix (HVPs) it took.</param>
public sealed record TraceEstimate(double Value, double Error, int Products)
{
    /// <summary>
    /// Hutch++ (Meyer, Musco, Musco and Woodruff 2021, algorithm 1): exact on the range Q of A·S, S of random signs, and Hutchinson's estimator on
    /// the rest, tr QᵀAQ + mean of gᵀ(I − QQᵀ)A(I − QQᵀ)g. The interval is Student's t over those samples; it does not know more than they do.
    /// </summary>
    /// <remarks>Cost: <paramref name="products"/> HVPs, a third for each of the three steps; where that is not less than d, d of them and the
    /// trace is exact. Memory: a third of that many times d numbers, three times.</remarks>
    /// <param name="matrix">The matrix.</param>
    /// <param name="products">How many products, at least 18.</param>
    /// <param name="seed">The seed of the random signs.</param>
    public static TraceEstimate HutchPlusPlus(ILinearOperator matrix, int products, long seed)
    {
        const int Least = 18; // for five degrees of freedom
        ArgumentOutOfRangeException.ThrowIfLessThan(products, Least);
        using var scope = NewDisposeScope();
        if (matrix.Dimension <= products)
        {
            var exact = DenseMatrix.Products(matrix).diagonal().to(ScalarType.Float64).sum().item<double>();
            return new TraceEstimate(exact, 0, (int)matrix.Dimension);
        }

        using var generator = new Generator((ulong)seed);
        var count = products / 3;
        var sketch = matrix.Apply(Signs()).to(ScalarType.Float64);
        var basis = linalg.qr(sketch.t()).Q.t().to(matrix.DataType).contiguous();
        var range = Diagonal(basis).Sum();
        var samples = Signs();
        var rest = samples - samples.mm(basis.t()).mm(basis);
        var interval = MeanInterval.OfSample(Diagonal(rest));
        return new TraceEstimate(range + interval.Mean, interval.Error, 3 * count);

        Tensor Signs() => randn([count, matrix.Dimension], dtype: matrix.DataType, generator: generator).sign().to(matrix.Device);

        double[] Diagonal(Tensor rows) => [.. (matrix.Apply(rows) * rows).to(ScalarType.Float64).sum(1L).cpu().data<double>()];
    }
}
