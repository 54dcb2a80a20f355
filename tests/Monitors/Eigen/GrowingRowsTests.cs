using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>Rows in blocks against one matrix, at the boundaries of blocks.</summary>
public sealed class GrowingRowsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(33)]
    public void Dots_differences_and_combinations_are_those_of_one_matrix(int count)
    {
        using var scope = NewDisposeScope();
        manual_seed(count);
        var whole = randn([count, 7], dtype: ScalarType.Float64);
        var vector = randn([7], dtype: ScalarType.Float64);
        var coefficients = randn([3, count], dtype: ScalarType.Float64);
        using var rows = new GrowingRows(7, ScalarType.Float64, CPU);
        for (var i = 0; i < count; i++)
        {
            AssertClose(whole[i], rows.Add(whole[i])[0]);
        }

        var left = vector.clone();
        rows.Subtract(left, rows.Dots(vector));

        AssertClose(whole.mv(vector), rows.Dots(vector));
        AssertClose(vector - whole.t().mv(whole.mv(vector)), left);
        AssertClose(coefficients.mm(whole), rows.Combine(coefficients));
    }

    private static void AssertClose(Tensor expected, Tensor actual) => Assert.True(actual.allclose(expected, rtol: 1e-12, atol: 1e-12));
}
