namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The eigenvalues and eigenvectors of a symmetric matrix of a few rows, float64, by Jacobi rotations (Golub and Van Loan 2013,
/// 8.5). At these sizes a call into libtorch costs more than the arithmetic.
/// </summary>
internal sealed class SmallSymmetric
{
    private const int Sweeps = 30;

    /// <summary>Decomposes <paramref name="matrix"/>, of which the mean with its transpose is taken.</summary>
    public SmallSymmetric(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var (a, v) = (new double[n, n], new double[n, n]);
        for (var i = 0; i < n; i++)
        {
            v[i, i] = 1;
            for (var j = 0; j < n; j++)
            {
                a[i, j] = 0.5 * (matrix[i, j] + matrix[j, i]);
            }
        }

        for (var sweep = 0; sweep < Sweeps && Sweep(a, v) > 0; sweep++)
        {
        }

        var order = Enumerable.Range(0, n).OrderByDescending(i => a[i, i]).ToArray();
        Values = [.. order.Select(i => a[i, i])];
        Vectors = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                Vectors[i, j] = v[j, order[i]];
            }
        }
    }

    /// <summary>Largest first.</summary>
    public double[] Values { get; }

    /// <summary>Unit eigenvectors as rows.</summary>
    public double[,] Vectors { get; }

    /// <summary>The matrix with each eigenvalue λ replaced by <paramref name="f"/>(λ).</summary>
    public double[,] Function(Func<double, double> f)
    {
        var n = Values.Length;
        var result = new double[n, n];
        for (var k = 0; k < n; k++)
        {
            var value = f(Values[k]);
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    result[i, j] += value * Vectors[k, i] * Vectors[k, j];
                }
            }
        }

        return result;
    }

    /// <summary>The first <paramref name="count"/> eigenvectors as rows, each times <paramref name="f"/> of its eigenvalue.</summary>
    public double[,] Scaled(int count, Func<double, double> f)
    {
        var n = Values.Length;
        var scaled = new double[count, n];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < n; j++)
            {
                scaled[i, j] = f(Values[i]) * Vectors[i, j];
            }
        }

        return scaled;
    }

    /// <summary>One rotation for each pair of rows that are still coupled; returns how many there were.</summary>
    private static int Sweep(double[,] a, double[,] v)
    {
        var (n, turned) = (a.GetLength(0), 0);
        for (var p = 0; p < n; p++)
        {
            for (var q = p + 1; q < n; q++)
            {
                if (Math.Abs(a[p, q]) <= 1e-16 * Math.Sqrt(Math.Abs(a[p, p] * a[q, q])) + double.Epsilon)
                {
                    continue;
                }

                turned++;
                var tau = (a[q, q] - a[p, p]) / (2 * a[p, q]);
                var t = (tau >= 0 ? 1 : -1) / (Math.Abs(tau) + Math.Sqrt(1 + tau * tau));
                var c = 1 / Math.Sqrt(1 + t * t);
                var s = t * c;
                for (var k = 0; k < n; k++)
                {
                    (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
                    (v[k, p], v[k, q]) = (c * v[k, p] - s * v[k, q], s * v[k, p] + c * v[k, q]);
                }

                for (var k = 0; k < n; k++)
                {
                    (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
                }
            }
        }

        return turned;
    }
}
