using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Flows;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Flows;

/// <summary>The complementarity solver against the conditions themselves, evaluated by LAPACK.</summary>
public sealed class ComplementarityTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void The_solution_and_its_complement_are_positive_semidefinite_and_orthogonal(int size)
    {
        var n = size * (size + 1) / 2;
        for (var seed = 0; seed < 12; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator((ulong)(100 * size + seed));
            var root = randn([n, n + 3], dtype: ScalarType.Float64, generator: generator);
            var m = root.mm(root.t()) / n;
            var a = randn([n], dtype: ScalarType.Float64, generator: generator);
            var (x, residual) = Complementarity.Solve([.. a.data<double>()], Matrix.From(m));
            var y = a + m.mv(tensor(x));
            var (first, second) = (Symmetric(x, size), Symmetric([.. y.data<double>()], size));

            Assert.True(residual <= 1e-10, $"residual {residual} at size {size}, seed {seed}");
            Assert.True(linalg.eigvalsh(first).min().item<double>() >= -1e-9);
            Assert.True(linalg.eigvalsh(second).min().item<double>() >= -1e-8);
            Assert.Equal(0, (first * second).sum().item<double>(), 1e-8);
        }
    }

    [Theory]
    [InlineData(-3, 2, 1.5)]
    [InlineData(3, 2, 0)]
    public void One_unknown_has_a_closed_form(double a, double m, double expected) =>
        Assert.Equal(expected, Complementarity.Solve([a], Matrix.Of(1, 1, [m])).X[0], 1e-15);

    [Fact]
    public void A_problem_without_a_solution_has_a_residual() => Assert.True(Complementarity.Solve([-1], Matrix.Zeros(1, 1)).Residual > 0.5);

    /// <summary>The matrix of upper-triangle coordinates in which ⟨X, Y⟩ is the product of vectors.</summary>
    private static Tensor Symmetric(double[] packed, int size)
    {
        var entries = new double[size, size];
        var at = 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = i; j < size; j++, at++)
            {
                entries[i, j] = entries[j, i] = i == j ? packed[at] : packed[at] / Math.Sqrt(2);
            }
        }

        return tensor(entries);
    }
}
