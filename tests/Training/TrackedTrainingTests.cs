using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Training;

/// <summary>A network trained into the edge of stability, compared at every step with its dense Hessian.</summary>
public sealed class TrackedTrainingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [Trait("Speed", "Slow")]
    public void The_reported_eigenvalues_agree_with_the_dense_Hessian(int count)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var judged = new Judged(network.Objective());
        var sink = new Recorder();
        using var optimizer = new GradientDescent(new() { LearningRate = 0.9 });
        using var monitor = new CurvatureMonitor(judged, new MonitorOptions { Eigenvalues = count }, sink);
        new Trainer(judged, optimizer, monitor, new StopRules(400, new())).Run(CancellationToken.None);

        Assert.Contains(sink.Measurements, m => m.Sharpness > m.Threshold);
        for (var i = 0; i < count; i++)
        {
            var errors = sink.Measurements.Zip(judged.Spectra, (measured, truth) => Math.Abs(measured.Eigenvalues[i] - truth[i]) / truth[0]).ToArray();
            // Where eigenvalues change places, the new largest one may be found a step late.
            Assert.InRange(errors.Max(), 0, 1e-2);
            Assert.InRange(errors.Count(error => error > 1e-3), 0, errors.Length / 100);
        }
    }

    [Fact]
    public void An_update_is_the_point_minus_the_learning_rate_times_the_gradient()
    {
        using var scope = NewDisposeScope();
        var (point, gradient) = (tensor([1.0, -2, 3]), tensor([0.5, 0.25, -1]));

        using var optimizer = new GradientDescent(new() { LearningRate = 0.2 });

        Assert.Equal([0.9, -2.05, 3.2], optimizer.Next(0, point, gradient).Point.data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-15);
    }

    /// <summary>An objective that records its dense spectrum at every evaluation.</summary>
    private sealed class Judged(IObjective objective) : IObjective
    {
        public List<double[]> Spectra { get; } = [];

        public long Dimension => objective.Dimension;

        public ScalarType DataType => objective.DataType;

        public Device Device => objective.Device;

        public Tensor GetParameters() => objective.GetParameters();

        public void SetParameters(Tensor point) => objective.SetParameters(point);

        public IDerivatives Evaluate(bool curvature)
        {
            var derivatives = objective.Evaluate(curvature);
            using var scope = NewDisposeScope();
            Spectra.Add([.. linalg.eigvalsh(DenseMatrix.Of(new HessianOperator(derivatives))).flip(0).data<double>()]);
            return derivatives;
        }

        public void Dispose() => objective.Dispose();
    }
}
