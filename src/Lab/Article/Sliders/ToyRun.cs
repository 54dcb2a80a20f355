using LossSpikes.Lab.Trajectories;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Detection;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>A finished trajectory of a toy seen as the monitor sees a run: the same measurements, crossings and spikes.</summary>
/// <param name="Walk">The path.</param>
/// <param name="Curvature">The curvature along it.</param>
/// <param name="Crossings">Where the sharpness passed 2/η.</param>
/// <param name="Spikes">The loss spikes: rises with an instability behind them.</param>
internal sealed record ToyRun(Trajectory Walk, CurvatureTrace Curvature, IReadOnlyList<CrossingEvent> Crossings, IReadOnlyList<SpikeEvent> Spikes)
{
    /// <summary>2/η.</summary>
    public double Threshold => 2 / Walk.LearningRate;

    /// <summary>The first step with S above 2/η, or null.</summary>
    public long? FirstCrossing => Crossings.FirstOrDefault(c => c.Direction == CrossingDirection.Up)?.Step;

    /// <summary>Applies the detectors to a trajectory.</summary>
    public static ToyRun Of(Trajectory walk, CurvatureTrace curvature)
    {
        var (crossings, spikes) = (new CrossingDetector(), new SpikeDetector(new SpikeRules(), ScalarType.Float64));
        var (crossed, spiked) = (new List<CrossingEvent>(), new List<SpikeEvent>());
        for (var step = 0; step < walk.Loss.Length; step++)
        {
            var seen = Measure(walk, curvature, step);
            crossed.AddRange(crossings.Observe(seen) is { } crossing ? [crossing] : []);
            spiked.AddRange(spikes.Observe(seen).OfType<SpikeEvent>());
        }

        spiked.AddRange(spikes.Finish() is { } open ? [open] : []);
        return new ToyRun(walk, curvature, crossed, [.. spiked.Where(s => s.IsInstability)]);
    }

    private static Measurement Measure(Trajectory walk, CurvatureTrace curvature, int step) => new()
    {
        Step = step,
        Loss = walk.Loss[step],
        GradientNorm = curvature.GradientNorm[step],
        Threshold = 2 / walk.LearningRate,
        LearningRate = walk.LearningRate,
        Eigenvalues = double.IsFinite(curvature.Eigenvalues[0][step]) ? [.. curvature.Eigenvalues.Select(e => e[step])] : [],
        GradientDots = double.IsFinite(curvature.Eigenvalues[0][step]) ? [.. curvature.GradientAlong.Select(g => g[step])] : [],
    };
}
