using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Tests.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Training;

/// <summary>Training by adaptive optimizers, compared at every step with the dense preconditioned Hessian.</summary>
public sealed class AdaptiveTrainingTests
{
    public static TheoryData<string> Optimizers() => ["adam", "adam with weight decay", "rmsprop", "momentum with weight decay"];

    [Theory]
    [MemberData(nameof(Optimizers))]
    [Trait("Speed", "Slow")]
    public void The_reported_values_agree_with_the_dense_matrix(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        using var optimizer = Settings(name).Create();
        var sink = new Recorder();
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Tolerance = 1e-4 }, sink);
        for (var step = 0; step < 200; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = objective.Evaluate(curvature: true);
            var update = optimizer.Next(step, objective.GetParameters(), derivatives.Gradient);
            AssertMeasured(monitor.Observe(step, derivatives, update.Edge), DenseMatrix.Of(new HessianOperator(derivatives)), derivatives.Gradient, update);
            objective.SetParameters(update.Point);
        }

        Assert.Contains(sink.Measurements, m => m.Sharpness > m.Threshold);
        long[] raw = [.. sink.Measurements.Where(m => m.HessianSharpness is not null).Select(m => m.Step)];
        if (name is "momentum with weight decay")
        {
            Assert.Empty(raw);
        }
        else
        {
            Assert.Equal(0, raw[0]);
            Assert.All(raw.Zip(raw.Skip(1), (a, b) => b - a), gap => Assert.InRange(gap, 1, 20)); // less at an audit
            Assert.InRange(raw.Length, 10, 20);
        }
    }

    private static OptimizerSettings Settings(string name) => name switch
    {
        "adam" => new AdamSettings { LearningRate = 0.1 },
        "adam with weight decay" => new AdamSettings { LearningRate = 0.4, WeightDecay = 0.01 },
        "rmsprop" => new RmsPropSettings { LearningRate = 0.01 },
        _ => new MomentumSettings { LearningRate = 1.5, WeightDecay = 0.2 },
    };

    private static void AssertMeasured(Measurement measured, Tensor hessian, Tensor gradient, Update update)
    {
        var scale = (update.Edge.Preconditioner ?? ones_like(gradient)).rsqrt();
        var matrix = scale.unsqueeze(1) * (hessian + update.Edge.WeightDecay * eye(gradient.shape[0], dtype: ScalarType.Float64)) * scale;
        var (values, vectors) = linalg.eigh(matrix);
        var truth = values.flip(0).data<double>().ToArray();
        for (var i = 0; i < 2; i++)
        {
            Assert.True(
                Math.Abs(measured.Eigenvalues[i] - truth[i]) <= (i == 0 ? 1e-3 : 5e-3) * truth[0],
                $"step {measured.Step}, λ{i + 1}: {measured.Eigenvalues[i]} against {truth[i]}");
        }

        if (measured.HessianSharpness is not null)
        {
            var raw = linalg.eigvalsh(hessian)[-1].item<double>();
            Assert.True(Math.Abs(measured.HessianSharpness!.Value - raw) <= 1e-3 * raw, $"step {measured.Step}: {measured.HessianSharpness} against {raw}");
        }

        // An eigenvector is known to the accuracy of its value only where the next one is far.
        if (truth[0] - truth[1] > 0.5 * truth[0])
        {
            var direction = vectors[TensorIndex.Colon, -1] * scale;
            var along = Math.Abs((direction / direction.norm()).dot(gradient).item<double>());
            Assert.True(
                Math.Abs(Math.Abs(measured.GradientDots[0]) - along) <= 0.05 * measured.GradientNorm,
                $"step {measured.Step}: g·v₁ {measured.GradientDots[0]} against {along}");
        }
    }
}
