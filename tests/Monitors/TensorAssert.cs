using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors;

/// <summary>Comparisons of tensors by their largest relative difference.</summary>
internal static class TensorAssert
{
    public static double RelativeDifference(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        return ((actual - expected).norm() / expected.norm()).to(ScalarType.Float64).item<double>();
    }

    public static void AssertClose(Tensor actual, Tensor expected, double tolerance)
    {
        var difference = RelativeDifference(actual, expected);
        Assert.True(difference <= tolerance, $"relative difference {difference:E2} is above {tolerance:E2}");
    }
}
