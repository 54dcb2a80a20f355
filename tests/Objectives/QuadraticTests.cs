using CsCheck;
using LossSpikes.Lab;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using LossSpikes.Monitors.Curvature;

namespace LossSpikes.Tests.Objectives;

public sealed class QuadraticTests
{
    /// <summary>Below 2/λ_max every step lowers the loss; above it the part along v₁ outgrows everything else.</summary>
    [Theory]
    [InlineData(2, 20)]
    [InlineData(50, 10)]
    [InlineData(500, 2)]
    [Trait("Speed", "Slow")]
    public void Descent_converges_below_two_over_the_largest_eigenvalue_and_diverges_above(int dimension, int spectra)
    {
        Gen.Select(Gen.Double[0.01, 10].Array[dimension], Gen.Double[0.1, 1].Array[dimension], Gen.Int[0, 1 << 20]).Sample(
            (eigenvalues, start, seed) =>
            {
                using var quadratic = Quadratic.Random(eigenvalues, seed);
                var edge = 2 / eigenvalues.Max();
                var paths = BatchedDescent.Walk(quadratic, start, [0.98 * edge, 1.02 * edge], 1000);
                Assert.All(paths[0].Loss.Zip(paths[0].Loss.Skip(1)), pair => Assert.True(pair.Second < pair.First));
                Assert.True(paths[1].Loss[1000] > 1000 * paths[1].Loss[0]);
            },
            iter: spectra,
            threads: 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    public void Curvature_along_a_path_equals_the_given_spectrum(int dimension)
    {
        double[] eigenvalues = [.. Enumerable.Range(1, dimension).Select(i => 0.5 * i)];
        using var quadratic = Quadratic.Random(eigenvalues, seed: 3);
        var path = BatchedDescent.Walk(quadratic, [.. eigenvalues.Select(_ => 1.0)], [0.05], 20)[0];
        var trace = TrajectoryCurvature.Along(quadratic, path, sharpnessGradient: true);
        Assert.Equal(Math.Min(2, dimension), trace.Eigenvalues.Length);
        var errors = trace.Eigenvalues.SelectMany((series, rank) => series.Select(v => v - eigenvalues[^(rank + 1)]));
        Assert.All(errors, error => Assert.InRange(Math.Abs(error), 0, 1e-13));
        Assert.All(trace.SharpnessGradient!.SelectMany(s => s), slope => Assert.Equal(0, slope));
    }

    [Fact]
    public void A_rotation_turns_the_first_axis_counter_clockwise()
    {
        using var quadratic = Quadratic.Rotated(4, 1, 30);
        var trace = TrajectoryCurvature.Along(quadratic, BatchedDescent.Walk(quadratic, [2.5, 2], [0.15], 30)[0]);
        Assert.All(trace.Eigenvalues[0], value => Assert.Equal(4, value, 1e-14));
        Assert.All(trace.Eigenvalues[1], value => Assert.Equal(1, value, 1e-14));
        Assert.All(trace.Vectors[0][0], value => Assert.Equal(Math.Sqrt(3) / 2, value, 1e-14));
        Assert.All(trace.Vectors[0][1], value => Assert.Equal(0.5, value, 1e-14));
    }

    [Fact]
    public void One_dimension_follows_its_closed_form()
    {
        using var parabola = Quadratic.OneDimensional(1.5);
        var path = BatchedDescent.Walk(parabola, [2.5], [0.5], 15)[0];
        for (var t = 0; t <= 15; t++)
        {
            var x = 2.5 * Math.Pow(1 - (0.5 * 1.5), t);
            Assert.Equal(x, path.Parameters[0][t], 1e-15);
            Assert.Equal(1.5 * x * x / 2, path.Loss[t], 1e-14);
        }
    }

    [Fact]
    public void A_matrix_file_gives_the_Hessian()
    {
        using var file = new TemporaryFile("2, 1, 0\n1, 3, -1\n0, -1, 4\n");
        using var quadratic = Quadratic.FromFile(file.Path);
        using var objective = new ToyObjective(quadratic, 1, 1, 1);
        using var derivatives = objective.Evaluate(curvature: true);
        using var hessian = DenseMatrix.Of(new HessianOperator(derivatives));
        Assert.Equal([2.0, 1, 0, 1, 3, -1, 0, -1, 4], hessian.data<double>().ToArray());
        Assert.Equal(4.5, derivatives.Loss);
    }

    [Theory]
    [InlineData("1,2,3\n4,5,6\n", "the matrix has 2 rows and 3 columns; it must be square")]
    [InlineData("1,2\n3\n", "line 2: there must be 2 values, as in line 1, not 1")]
    [InlineData("2,1\n0.5,2\n", "line 2: column 1 is 0.5 but its mirror image in line 1, column 2 is 1; the matrix must be symmetric")]
    [InlineData("1,0\n0,-1\n", "the smallest eigenvalue is -1; the matrix must be positive semidefinite")]
    [InlineData("1,NaN\nNaN,1\n", "line 1: column 2 must be a finite number, not 'NaN'")]
    [InlineData("1,x\nx,1\n", "line 1: column 2 must be a finite number, not 'x'")]
    [InlineData("", "the file is empty")]
    public void An_unusable_matrix_is_refused_in_one_sentence(string content, string message)
    {
        using var file = new TemporaryFile(content);
        var error = Assert.Throws<InputException>(() => Quadratic.FromFile(file.Path));
        Assert.StartsWith(file.Path, error.Message);
        Assert.EndsWith(message, error.Message);
    }

    [Theory]
    [InlineData("1,1\n1,1\n")]
    [InlineData("0\n")]
    [InlineData("0.1,0.30000000000000004\n0.3,0.9\n")]
    public void Rounding_does_not_make_a_matrix_unusable(string content)
    {
        using var file = new TemporaryFile(content);
        Quadratic.FromFile(file.Path).Dispose();
    }

    [Fact]
    public void Eigenvalues_must_not_be_negative()
    {
        var refusal = Assert.Throws<InputException>(() => Quadratic.Rotated(1, -1, 0));
        Assert.Equal("eigenvalue 2 is -1; the eigenvalues of a quadratic must be finite and not negative", refusal.Message);
        Assert.Throws<InputException>(() => Quadratic.Random([1, double.NaN], 0));
        Assert.Throws<InputException>(() => Quadratic.OneDimensional(double.PositiveInfinity));
        Assert.Throws<InputException>(() => Quadratic.Random([], 0));
    }

    [Fact]
    public void The_same_seed_gives_the_same_quadratic()
    {
        double[] Losses(int seed)
        {
            using var quadratic = Quadratic.Random([1, 2, 3], seed);
            return BatchedDescent.Walk(quadratic, [1, 1, 1], [0.1], 5)[0].Loss;
        }

        Assert.Equal(Losses(7), Losses(7));
        Assert.NotEqual(Losses(7), Losses(8));
    }
}
