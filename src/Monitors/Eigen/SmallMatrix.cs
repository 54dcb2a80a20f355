using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>Matrices of a few rows on their way from tensors and back; what is computed with them is float64.</summary>
internal static class SmallMatrix
{
    /// <summary>The entries of <paramref name="matrix"/>.</summary>
    public static double[,] Read(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = ((int)matrix.shape[0], (int)matrix.shape[1]);
        var entries = new double[rows, columns];
        Buffer.BlockCopy(matrix.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray(), 0, entries, 0, entries.Length * sizeof(double));
        return entries;
    }

    /// <summary>A tensor like <paramref name="like"/> in dtype and device.</summary>
    public static Tensor Write(double[,] entries, Tensor like)
    {
        using var scope = NewDisposeScope();
        return tensor(entries.Cast<double>().ToArray(), [entries.GetLength(0), entries.GetLength(1)]).to(like.dtype).to(like.device).MoveToOuterDisposeScope();
    }

    /// <summary><paramref name="count"/> columns of <paramref name="matrix"/>, beginning with number <paramref name="first"/>.</summary>
    public static double[,] Columns(double[,] matrix, int first, int count)
    {
        var part = new double[matrix.GetLength(0), count];
        for (var i = 0; i < part.GetLength(0); i++)
        {
            for (var j = 0; j < count; j++)
            {
                part[i, j] = matrix[i, first + j];
            }
        }

        return part;
    }

    /// <summary>a·b.</summary>
    public static double[,] Product(double[,] a, double[,] b)
    {
        var product = new double[a.GetLength(0), b.GetLength(1)];
        for (var i = 0; i < product.GetLength(0); i++)
        {
            for (var k = 0; k < a.GetLength(1); k++)
            {
                for (var j = 0; j < product.GetLength(1); j++)
                {
                    product[i, j] += a[i, k] * b[k, j];
                }
            }
        }

        return product;
    }

    /// <summary>The rotation nearest to a square matrix m: m·(mᵀ·m)^(−½); zero along what m takes to nothing (Higham 2008, Functions of Matrices, ch. 8).</summary>
    public static double[,] PolarFactor(double[,] m)
    {
        var square = new SmallSymmetric(Product(Transposed(m), m));
        var cutoff = 1e-14 * Math.Max(square.Values[0], double.Epsilon);
        return Product(m, square.Function(value => value > cutoff ? 1 / Math.Sqrt(value) : 0));
    }

    /// <summary>x of a·x = b, where a is symmetric and positive definite: its first rows, as many as b has entries, are read.</summary>
    public static double[] Solve(double[,] a, double[] b)
    {
        var (n, column) = (b.Length, new double[b.Length, 1]);
        var matrix = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            column[i, 0] = b[i];
            for (var j = 0; j < n; j++)
            {
                matrix[i, j] = a[i, j];
            }
        }

        return [.. Product(new SmallSymmetric(matrix).Function(value => 1 / value), column).Cast<double>()];
    }

    private static double[,] Transposed(double[,] m)
    {
        var transposed = new double[m.GetLength(1), m.GetLength(0)];
        for (var i = 0; i < m.GetLength(0); i++)
        {
            for (var j = 0; j < m.GetLength(1); j++)
            {
                transposed[j, i] = m[i, j];
            }
        }

        return transposed;
    }
}
