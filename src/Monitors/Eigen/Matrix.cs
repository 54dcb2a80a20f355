using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>An immutable matrix of a few rows, float64. At these sizes a call into libtorch costs more than the arithmetic.</summary>
internal readonly struct Matrix
{
    private readonly double[] _entries; // row after row

    private Matrix(int rows, int columns, double[] entries) => (Rows, Columns, _entries) = (rows, columns, entries);

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>√Σ m_ij², the Frobenius norm.</summary>
    public double Norm => Math.Sqrt(_entries.Sum(x => x * x));

    /// <summary>All entries, row after row.</summary>
    public ReadOnlySpan<double> Entries => _entries;

    /// <summary>The largest |m_ij|; 0 where there is none, and NaN where one is NaN.</summary>
    public double Largest => _entries.Aggregate(0.0, (largest, x) => Math.Max(largest, Math.Abs(x)));

    /// <summary>One entry.</summary>
    public double this[int row, int column] => _entries[(row * Columns) + column];

    /// <summary>A copy of some rows and columns, as <c>m[a:b, c:d]</c> in PyTorch.</summary>
    public Matrix this[Range rows, Range columns]
    {
        get
        {
            var (top, height) = rows.GetOffsetAndLength(Rows);
            var (left, width) = columns.GetOffsetAndLength(Columns);
            var whole = this;
            return Of(height, width, (i, j) => whole[top + i, left + j]);
        }
    }

    /// <summary>A copy of some rows, as <c>m[a:b]</c> in PyTorch.</summary>
    public Matrix this[Range rows] => this[rows, ..];

    /// <summary>One row.</summary>
    public ReadOnlySpan<double> Row(int i) => _entries.AsSpan(i * Columns, Columns);

    /// <summary>A matrix of zeros.</summary>
    public static Matrix Zeros(int rows, int columns) => new(rows, columns, new double[rows * columns]);

    /// <summary>The identity of n rows.</summary>
    public static Matrix Identity(int n) => Of(n, n, (i, j) => i == j ? 1 : 0);

    /// <summary>A square matrix with these values on its diagonal and zeros elsewhere.</summary>
    public static Matrix Diagonal(params double[] values) => Of(values.Length, values.Length, (i, j) => i == j ? values[i] : 0);

    /// <summary>A copy of <paramref name="entries"/>, which are given row after row.</summary>
    public static Matrix Of(int rows, int columns, ReadOnlySpan<double> entries) => new(rows, columns, entries.ToArray());

    /// <summary>The entries of a tensor of shape [rows, columns], any dtype and device.</summary>
    public static Matrix From(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = ((int)tensor.shape[0], (int)tensor.shape[1]);
        return new(rows, columns, rows * columns == 0 ? [] : tensor.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray());
    }

    /// <summary>A tensor of shape [rows, columns] with the dtype and device of <paramref name="like"/>.</summary>
    public Tensor ToTensor(Tensor like)
    {
        using var scope = NewDisposeScope();
        // A copy: the tensor of an array lies in managed memory at any address, and the last digit of a product depends on its alignment.
        return tensor(_entries, [Rows, Columns]).to(like.dtype, copy: true).to(like.device).MoveToOuterDisposeScope();
    }

    /// <summary>a + b.</summary>
    public static Matrix operator +(Matrix a, Matrix b) => Of(a.Rows, a.Columns, (i, j) => a[i, j] + b[i, j]);

    /// <summary>a − b.</summary>
    public static Matrix operator -(Matrix a, Matrix b) => Of(a.Rows, a.Columns, (i, j) => a[i, j] - b[i, j]);

    /// <summary>A number times a matrix.</summary>
    public static Matrix operator *(double factor, Matrix m) => Of(m.Rows, m.Columns, (i, j) => factor * m[i, j]);

    /// <summary>The product of two matrices.</summary>
    public static Matrix operator *(Matrix a, Matrix b)
    {
        var product = Zeros(a.Rows, b.Columns);
        for (var i = 0; i < a.Rows; i++)
        {
            var sums = product._entries.AsSpan(i * b.Columns, b.Columns);
            for (var k = 0; k < a.Columns; k++)
            {
                var factor = a[i, k];
                var row = b.Row(k);
                for (var j = 0; j < sums.Length; j++)
                {
                    sums[j] += factor * row[j];
                }
            }
        }

        return product;
    }

    /// <summary>The transpose.</summary>
    public Matrix Transpose()
    {
        var m = this;
        return Of(Columns, Rows, (i, j) => m[j, i]);
    }

    /// <summary>With so many rows of zeros below and columns of zeros to the right.</summary>
    public Matrix Padded(int rows, int columns)
    {
        var m = this;
        return Of(Rows + rows, Columns + columns, (i, j) => i < m.Rows && j < m.Columns ? m[i, j] : 0);
    }

    /// <summary>The columns of <paramref name="left"/>, then those of <paramref name="right"/>.</summary>
    public static Matrix HStack(Matrix left, Matrix right) =>
        Of(left.Rows, left.Columns + right.Columns, (i, j) => j < left.Columns ? left[i, j] : right[i, j - left.Columns]);

    /// <summary>The rows of <paramref name="above"/>, then those of <paramref name="below"/>.</summary>
    public static Matrix VStack(Matrix above, Matrix below) =>
        new(above.Rows + below.Rows, above.Columns, [.. above._entries, .. below._entries]);

    /// <summary>A matrix by its entries.</summary>
    public static Matrix Of(int rows, int columns, Func<int, int, double> entry)
    {
        var m = Zeros(rows, columns);
        for (var i = 0; i < m._entries.Length; i++)
        {
            m._entries[i] = entry(i / columns, i % columns);
        }

        return m;
    }
}

/// <summary>
/// The eigenvalues and eigenvectors of a symmetric matrix of a few rows, float64, by Jacobi rotations (Golub and Van Loan 2013, Matrix
/// Computations, 8.5).
/// </summary>
internal sealed class SymmetricEigen
{
    private const int MaxSweeps = 30;

    /// <summary>Decomposes ½(m + mᵀ).</summary>
    public SymmetricEigen(Matrix m)
    {
        var n = m.Rows;
        var (a, v) = (new double[n, n], new double[n, n]);
        for (var i = 0; i < n; i++)
        {
            v[i, i] = 1;
            for (var j = 0; j < n; j++)
            {
                a[i, j] = 0.5 * (m[i, j] + m[j, i]);
            }
        }

        for (var sweep = 0; sweep < MaxSweeps && Sweep(a, v) > 0; sweep++)
        {
        }

        var order = Enumerable.Range(0, n).OrderByDescending(i => a[i, i]).ToArray();
        (Values, Vectors) = ([.. order.Select(i => a[i, i])], Matrix.Of(n, n, (i, j) => v[j, order[i]]));
    }

    /// <summary>The eigenvalues, largest first.</summary>
    public double[] Values { get; }

    /// <summary>Unit eigenvectors as rows, in the order of <see cref="Values"/>.</summary>
    public Matrix Vectors { get; }

    /// <summary>
    /// The orthogonal matrix nearest to a square matrix m: m·(mᵀ·m)^(−½); zero on the null space of m (Higham 2008, Functions of Matrices,
    /// ch. 8).
    /// </summary>
    public static Matrix PolarFactor(Matrix m)
    {
        var square = new SymmetricEigen(m.Transpose() * m);
        var cutoff = 1e-14 * Math.Max(square.Values[0], double.Epsilon);
        double[] inverseRoots = [.. square.Values.Select(value => value > cutoff ? 1 / Math.Sqrt(value) : 0)];
        return m * (square.Vectors.Transpose() * (Matrix.Diagonal(inverseRoots) * square.Vectors));
    }

    /// <summary>One rotation for each pair of rows that are still coupled; returns how many there were.</summary>
    private static int Sweep(double[,] a, double[,] v)
    {
        var (n, rotations) = (a.GetLength(0), 0);
        for (var p = 0; p < n; p++)
        {
            for (var q = p + 1; q < n; q++)
            {
                if (Math.Abs(a[p, q]) <= 1e-16 * Math.Sqrt(Math.Abs(a[p, p] * a[q, q])) + double.Epsilon)
                {
                    continue;
                }

                rotations++;
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

        return rotations;
    }
}
