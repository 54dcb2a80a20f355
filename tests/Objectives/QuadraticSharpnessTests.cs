using CsCheck;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Objectives;

/// <summary>Quadratics of random spectra under the monitor: S is λ_max, and 2/λ_max decides.</summary>
public sealed class QuadraticSharpnessTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(500)]
    [Trait("Speed", "Slow")]
    public void The_sharpness_is_the_largest_eigenvalue_and_decides_about_convergence(int dimension) => Gen.Int[0, 10_000].Sample(seed =>
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        double[] spectrum = [.. Enumerable.Range(0, dimension).Select(_ => 0.05 + 4 * random.NextDouble())];
        using var quadratic = Quadratic.Random(spectrum, seed);
        foreach (var (factor, converges) in ((double, bool)[])[(0.97, true), (1.03, false)])
        {
            var learningRate = factor * 2 / spectrum.Max();
            using var objective = new ToyObjective(quadratic, [.. spectrum.Select(_ => random.NextDouble() - 0.5)]);
            var seen = new Recorder();
            var options = new MonitorOptions { Eigenvalues = 1, Tolerance = 1e-10, Every = 50 };
            using var monitor = new CurvatureMonitor(objective, options, seen);
            for (var step = 0; step <= 400 && !monitor.Diverged; step++)
            {
                using var inner = NewDisposeScope();
                using var derivatives = objective.Evaluate(monitor.Measures(step));
                monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(learningRate));
                objective.SetParameters(objective.GetParameters() - learningRate * derivatives.Gradient);
            }

            Assert.All(seen.Measurements.Where(m => m.Sharpness is not null), m => Assert.Equal(spectrum.Max(), m.Sharpness!.Value, 1e-8 * spectrum.Max()));
            Assert.Equal(converges, seen.Measurements[^1].Loss < 0.5 * seen.Measurements[seen.Measurements.Count / 2].Loss);
        }
    }, iter: 4, threads: 1);
}
