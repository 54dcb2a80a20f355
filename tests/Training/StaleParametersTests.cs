using System.Globalization;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;

namespace LossSpikes.Tests.Training;

/// <summary>Which parameters have stale second moments, compared with v written out.</summary>
public sealed class StaleParametersTests
{
    private const double Beta2 = 0.999, Epsilon = 1e-8;

    [Fact]
    public void They_are_those_of_the_recurrence_and_the_sentence_names_them()
    {
        var (v, staleness, lengths) = (Array.Empty<double>(), new List<double[]>(), new List<double[]>());
        MadeRun? run = null;
        run = new MadeRun(new RmsPropSettings { LearningRate = 0.005, Beta2 = Beta2, Batch = 32, Order = BatchOrder.Sequential }, 240)
        {
            LowerHalfFrom = 80,
            Updated = (_, point, gradient, next) =>
            {
                var g = gradient.data<float>().ToArray().Select(x => (double)x).ToArray();
                v = v.Length == 0 ? new double[g.Length] : v;
                v = [.. v.Zip(g, (old, x) => Beta2 * old + (1 - Beta2) * x * x)];
                var moved = next.data<float>().ToArray().Zip(point.data<float>().ToArray(), (a, b) => (double)a - b).ToArray();
                staleness.Add(Parts(run!, [.. g.Zip(v, (x, second) => x / (Math.Sqrt(second) + Epsilon))], mean: true));
                lengths.Add(Parts(run!, moved, mean: false));
            },
        };

        var spike = run.Train().Spikes.First(s => s.Mechanism == Mechanism.Preconditioner);

        var evidence = spike.Batch!;
        var examined = (int)evidence.ExaminedStep;
        var expected = staleness[examined].Index().OrderByDescending(s => s.Item).Take(3).Select(s => s.Index).ToList();
        Assert.Equal(expected.Select(i => run.Parts[i].Name), evidence.StaleParameters!.Select(s => s.Name));
        foreach (var (found, i) in evidence.StaleParameters!.Zip(expected))
        {
            var growth = lengths[examined][i] / lengths[(int)evidence.BeforeStep][i];
            Assert.Equal(staleness[examined][i], found.Staleness, 1e-4 * found.Staleness);
            Assert.Equal(growth, found.StepGrowth, 1e-3 * growth);
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"{found.Staleness:G3} in {found.Name} (step ×{found.StepGrowth:G3})"),
                spike.Describe(), StringComparison.Ordinal);
        }

        Assert.Contains("it forgets half in 693 steps", spike.Describe(), StringComparison.Ordinal);
    }

    private static double[] Parts(MadeRun run, double[] values, bool mean)
    {
        var (at, found) = (0, new List<double>());
        foreach (var part in run.Parts)
        {
            var sum = values[at..(at + (int)part.Numbers)].Sum(x => x * x);
            found.Add(Math.Sqrt(mean ? sum / part.Numbers : sum));
            at += (int)part.Numbers;
        }

        return [.. found];
    }
}
