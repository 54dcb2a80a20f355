using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Monitors.Flows;

/// <summary>
/// The semidefinite complementarity problem of central flows: X ⪰ 0 with Y = A + M[X] ⪰ 0 and ⟨X, Y⟩ = 0, for a symmetric k×k matrix A and a positive
/// semidefinite M on such matrices. It is the condition of the minimum of ½⟨X, M[X]⟩ + ⟨A, X⟩ over X ⪰ 0, which the alternating direction method of
/// multipliers (ADMM; Boyd 2011, Foundations and Trends in Machine Learning 3, section 5) finds: a linear system, and a projection on the cone.
/// </summary>
/// <remarks>
/// Symmetric matrices are vectors of n = k(k+1)/2 numbers, row after row of the upper triangle with √2 at off-diagonal entries, so that the product of two
/// vectors is ⟨X, Y⟩. With k = 1 the solution is max(0, −a/m). Cost: one decomposition of M, and one of a k×k matrix an iteration; no HVP.
/// </remarks>
internal static class Complementarity
{
    private const double Tolerance = 1e-10;
    private const int MostIterations = 20_000, BalanceEvery = 40;

    // Beyond this imbalance of the two residuals the penalty changes by its root.
    private const double Imbalance = 5, Relaxation = 1.6;

    /// <summary>Solves the problem.</summary>
    /// <param name="a">A as a vector, n numbers.</param>
    /// <param name="m">M in these coordinates, n×n.</param>
    /// <returns>X as a vector, and its <see cref="Residual"/>.</returns>
    public static (double[] X, double Residual) Solve(double[] a, Matrix m)
    {
        if (a.Length == 1)
        {
            double[] closed = [m[0, 0] > 0 ? Math.Max(0, -a[0] / m[0, 0]) : 0];
            return (closed, Residual(closed, a, m));
        }

        var decomposition = new SymmetricEigen(m);
        var largest = decomposition.Values[0];
        if (!(largest > 0) || Project(Negative(a)).All(v => v == 0))
        {
            var zero = new double[a.Length];
            return (zero, Residual(zero, a, m));
        }

        // The rate of convergence is best at the geometric mean of M's extreme eigenvalues.
        var penalty = Math.Sqrt(largest * Math.Max(decomposition.Values[^1], 1e-8 * largest));
        var (z, u) = (new double[a.Length], new double[a.Length]);
        var (best, residual) = (z, double.PositiveInfinity);
        for (var i = 1; i <= MostIterations; i++)
        {
            var x = Shifted(decomposition, penalty, Combine(penalty, z, -penalty, u, -1, a));
            var relaxed = Combine(Relaxation, x, 1 - Relaxation, z, 0, z);
            var before = z;
            z = Project(Combine(1, relaxed, 1, u, 0, u));
            u = Combine(1, u, 1, relaxed, -1, z);
            if (i % BalanceEvery != 0)
            {
                continue;
            }

            var now = Residual(z, a, m);
            (best, residual) = now < residual ? (z, now) : (best, residual);
            if (residual <= Tolerance)
            {
                break;
            }

            var (primal, dual) = (Norm(Combine(1, x, -1, z, 0, z)), penalty * Norm(Combine(1, z, -1, before, 0, z)));
            var factor = Math.Sqrt(primal * Norm(a) / Math.Max(dual * Norm(z), double.Epsilon));
            if (factor is > Imbalance or < 1 / Imbalance && factor > 0)
            {
                factor = Math.Clamp(factor, 0.1, 10);
                penalty *= factor;
                u = Combine(1 / factor, u, 0, u, 0, u);
            }
        }

        return (best, residual);
    }

    /// <summary>
    /// How far X is from a solution, relative to A: |X − Π(X − Y/s)|·s/|A| with s the mean eigenvalue of M and Π the projection on the cone. It is 0
    /// exactly at solutions (the natural residual of a complementarity problem).
    /// </summary>
    public static double Residual(double[] x, double[] a, Matrix m)
    {
        var scale = Enumerable.Range(0, a.Length).Average(i => m[i, i]);
        var y = Combine(1, a, 1, Apply(m, x), 0, a);
        var size = Norm(a);
        return size == 0 ? 0
            : scale > 0 ? Norm(Combine(1, x, -1, Project(Combine(1, x, -1 / scale, y, 0, x)), 0, x)) * scale / size
            : Norm(Project(Negative(a))) / size; // nothing can mend what is negative in A
    }

    /// <summary>The projection on the positive semidefinite matrices.</summary>
    public static double[] Project(double[] vector)
    {
        var eigen = new SymmetricEigen(Unpack(vector));
        double[] kept = [.. eigen.Values.Select(v => Math.Max(v, 0))];
        return eigen.Values[0] <= 0 ? new double[vector.Length]
            : eigen.Values[^1] >= 0 ? vector
            : Pack(eigen.Vectors.Transpose() * (Matrix.Diagonal(kept) * eigen.Vectors));
    }

    /// <summary>A symmetric matrix as a vector.</summary>
    public static double[] Pack(Matrix matrix) =>
        [.. Pairs(matrix.Rows).Select(p => p.I == p.J ? matrix[p.I, p.I] : Math.Sqrt(0.5) * (matrix[p.I, p.J] + matrix[p.J, p.I]))];

    /// <summary>The symmetric matrix of a vector.</summary>
    public static Matrix Unpack(double[] vector)
    {
        var size = (int)Math.Round((Math.Sqrt(1 + 8.0 * vector.Length) - 1) / 2);
        var entries = new double[size * size];
        foreach (var ((i, j), value) in Pairs(size).Zip(vector))
        {
            entries[i * size + j] = entries[j * size + i] = i == j ? value : value * Math.Sqrt(0.5);
        }

        return Matrix.Of(size, size, entries);
    }

    /// <summary>The entries of the upper triangle, in the order of the vector.</summary>
    public static IEnumerable<(int I, int J)> Pairs(int size) =>
        Enumerable.Range(0, size).SelectMany(i => Enumerable.Range(i, size - i).Select(j => (i, j)));

    private static double[] Shifted(SymmetricEigen m, double shift, double[] right)
    {
        var parts = Apply(m.Vectors, right);
        var result = new double[right.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var row = m.Vectors.Row(i);
            var part = parts[i] / (Math.Max(m.Values[i], 0) + shift);
            for (var j = 0; j < result.Length; j++)
            {
                result[j] += part * row[j];
            }
        }

        return result;
    }

    private static double[] Apply(Matrix m, double[] x)
    {
        var product = new double[m.Rows];
        for (var i = 0; i < product.Length; i++)
        {
            var row = m.Row(i);
            for (var j = 0; j < x.Length; j++)
            {
                product[i] += row[j] * x[j];
            }
        }

        return product;
    }

    private static double[] Combine(double p, double[] x, double q, double[] y, double r, double[] z)
    {
        var sum = new double[x.Length];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] = p * x[i] + q * y[i] + r * z[i];
        }

        return sum;
    }

    private static double[] Negative(double[] x) => Combine(-1, x, 0, x, 0, x);

    private static double Norm(double[] x) => Math.Sqrt(x.Sum(v => v * v));
}
