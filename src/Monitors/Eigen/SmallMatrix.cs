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
        // A copy: the tensor of an array lies in managed memory, wherever that is, and on its alignment the last digit of a product depends.
        return tensor(entries.Cast<double>().ToArray(), [entries.GetLength(0), entries.GetLength(1)]).to(like.dtype, copy: true).to(like.device).MoveToOuterDisposeScope();
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

    /// <summary>a + <paramref name="factor"/>·b.</summary>
    public static double[,] Sum(double[,] a, double[,] b, double factor = 1)
    {
        var sum = (double[,])a.Clone();
        for (var i = 0; i < sum.GetLength(0); i++)
        {
            for (var j = 0; j < sum.GetLength(1); j++)
            {
                sum[i, j] += factor * b[i, j];
            }
        }

        return sum;
    }

    /// <summary>−<paramref name="m"/>.</summary>
    public static double[,] Negative(double[,] m) => Sum(new double[m.GetLength(0), m.GetLength(1)], m, -1);

    /// <summary>The unit matrix of n rows.</summary>
    public static double[,] Identity(int n)
    {
        var identity = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            identity[i, i] = 1;
        }

        return identity;
    }

    /// <summary><paramref name="count"/> rows of <paramref name="matrix"/>, beginning with number <paramref name="first"/>.</summary>
    public static double[,] Rows(double[,] matrix, int first, int count)
    {
        var part = new double[count, matrix.GetLength(1)];
        Array.Copy(matrix, first * matrix.GetLength(1), part, 0, part.Length);
        return part;
    }

    /// <summary>The columns of both.</summary>
    public static double[,] Beside(double[,] left, double[,] right) => Transposed(Stacked(Transposed(left), Transposed(right)));

    /// <summary>The rows of both.</summary>
    public static double[,] Stacked(double[,] above, double[,] below)
    {
        var stacked = new double[above.GetLength(0) + below.GetLength(0), above.GetLength(1)];
        Array.Copy(above, stacked, above.Length);
        Array.Copy(below, 0, stacked, above.Length, below.Length);
        return stacked;
    }

    /// <summary><paramref name="matrix"/> within one that is larger by <paramref name="rows"/> and <paramref name="columns"/>, else zero.</summary>
    public static double[,] Padded(double[,] matrix, int rows, int columns)
    {
        var padded = new double[matrix.GetLength(0) + rows, matrix.GetLength(1) + columns];
        for (var i = 0; i < matrix.GetLength(0); i++)
        {
            for (var j = 0; j < matrix.GetLength(1); j++)
            {
                padded[i, j] = matrix[i, j];
            }
        }

        return padded;
    }

    /// <summary>The rotation nearest to a square matrix m: m·(mᵀ·m)^(−½); zero along what m takes to nothing (Higham 2008, Functions of Matrices, ch. 8).</summary>
    public static double[,] PolarFactor(double[,] m)
    {
        var square = new SmallSymmetric(Product(Transposed(m), m));
        var cutoff = 1e-14 * Math.Max(square.Values[0], double.Epsilon);
        return Product(m, square.Function(value => value > cutoff ? 1 / Math.Sqrt(value) : 0));
    }

    /// <summary>The transpose of <paramref name="m"/>.</summary>
    public static double[,] Transposed(double[,] m)
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
