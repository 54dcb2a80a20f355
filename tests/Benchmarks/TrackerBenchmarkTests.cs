using LossSpikes.Lab.Benchmarks;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Benchmarks;

/// <summary>The sequences and references of <c>lab bench tracker</c>; the tests of Monitors/Eigen test the tracker itself.</summary>
public sealed class TrackerBenchmarkTests
{
    [Fact]
    public void Synthetic_sequences_know_their_spectra_and_repeat()
    {
        foreach (var sequence in (SyntheticSequence[])
            [SyntheticSequence.Crossings(3), SyntheticSequence.Drifting(4, 3, 0.02, clustered: false), SyntheticSequence.Drifting(5, 6, 0.02, clustered: true)])
        {
            var (first, second) = (Spectra(sequence), Spectra(sequence));

            Assert.All(first, step => Assert.All(step.Truth.Zip(step.Found), pair => Assert.Equal(pair.First, pair.Second, 1e-11)));
            Assert.Equal(first.Select(s => s.Truth), second.Select(s => s.Truth));
            Assert.NotEqual(first[0].Truth[0], first[^1].Truth[0]);
        }
    }

    [Fact]
    public void References_of_a_network_come_at_their_interval_and_agree_with_its_dense_Hessian()
    {
        var data = new ChebyshevSettings { Degree = 3, Points = 10 };
        var dense = new NetworkSequence(data, new MlpSettings { Hidden = [4], Activation = Activation.Tanh }, LossFunction.Mse, 0.5, 0) { Steps = 11 };
        var judged = Spectra(dense with { ReferenceEvery = 5 });

        Assert.Equal([0, 5, 10], judged.Index().Where(s => s.Item.Truth.Length > 0).Select(s => s.Index));
        foreach (var (every, some) in Spectra(dense).Zip(judged))
        {
            Assert.Equal(every.Found, some.Found, (a, b) => Math.Abs(a - b) < 1e-12);
            Assert.All(some.Truth.Zip(every.Truth), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
        }
    }

    [Fact]
    public void An_override_changes_only_its_own_setting()
    {
        Assert.Equal(TrackerSettings.Default with { DriftMargin = 2.5 }, SettingOverride.Apply(TrackerSettings.Default, "DriftMargin=2.5"));
        Assert.Equal(TrackerSettings.Default with { ExtraGuards = 0 }, SettingOverride.Apply(TrackerSettings.Default, "ExtraGuards=0"));
        Assert.Equal(1.25, TrackerSettings.Default.DriftMargin);
    }

    private static List<(double[] Truth, double[] Found)> Spectra(IMatrixSequence sequence)
    {
        var spectra = new List<(double[], double[])>();
        sequence.Run((matrix, _, truth) => spectra.Add(([.. truth], [.. linalg.eigvalsh(DenseMatrix.Of(matrix)).flip(0).data<double>()])));
        return spectra;
    }
}
