using LossSpikes.Lab.Benchmarks;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Stability;

public sealed class StabilityEdgeTests
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.7)]
    [InlineData(true, 0)]
    [InlineData(true, 0.7)]
    public void Matrix_and_directions_are_the_eigenpairs_of_the_preconditioned_matrix(bool preconditioned, double shift)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var hessian = randn([8, 8], dtype: ScalarType.Float64);
        hessian += hessian.t();
        var p = preconditioned ? rand([8], dtype: ScalarType.Float64) + 0.01 : null;
        var edge = new StabilityEdge(StabilityThreshold.RmsProp(0.1)) { Preconditioner = p, WeightDecay = shift };

        var (values, vectors) = linalg.eigh(DenseMatrix.Of(edge.Matrix(new MatrixOperator(hessian))));
        var directions = edge.Directions(vectors.t());
        var matrix = ((p ?? ones_like(hessian[0])).reciprocal().diag()).mm(hessian + shift * eye(8, dtype: ScalarType.Float64));

        TensorAssert.AssertClose(directions.mm(matrix.t()), directions * values.unsqueeze(1), 1e-12);
        TensorAssert.AssertClose(directions.norm(1), ones(8, dtype: ScalarType.Float64), 1e-14);
    }

    [Fact]
    public void A_hook_can_pass_another_edge_at_every_step()
    {
        using var scope = NewDisposeScope();
        var x = nn.Parameter(tensor([1.0, 1, 1]));
        var sink = new Recorder();
        var edge = new StabilityEdge(StabilityThreshold.Adam(0.1)) { Preconditioner = tensor([1.0, 0.1, 2]), WeightDecay = 1 };
        using var monitor = SharpnessMonitor.Watch([x], () => (tensor([4.0, 2, 8]) * x.square()).sum() * 0.5, edge, null, sink);
        monitor.Observe(0);
        monitor.Observe(1, StabilityThreshold.GradientDescent(0.1));

        Assert.Equal([(30, 5, 380, 8.0), (8, 4, 20, null)], sink.Measurements.Select(m => (
            Math.Round(m.Eigenvalues[0], 9), Math.Round(m.Eigenvalues[1], 9), Math.Round(m.Threshold, 9), m.HessianSharpness is { } raw
                ? Math.Round(raw, 9)
                : (double?)null)));
        Assert.Equal([2.0, 4.0], sink.Measurements[0].GradientDots.Select(d => Math.Round(Math.Abs(d), 9)));
    }
}
