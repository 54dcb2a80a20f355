using LossSpikes.Monitors;

namespace LossSpikes.Tests.Monitors.Sinks;

/// <summary>Measurements and events that a test hands to a sink.</summary>
internal static class Recorded
{
    /// <summary>k = 1, nothing further.</summary>
    public static MeasurementSchema Schema { get; } = MeasurementSchema.Of(1, []);

    /// <summary>A step; without a sharpness the curvature was not measured.</summary>
    public static Measurement Step(long step, double loss, double? sharpness) => new()
    {
        Step = step,
        Loss = loss,
        GradientNorm = 0.5,
        Threshold = 20,
        LearningRate = 0.1,
        Eigenvalues = sharpness is { } s ? [s] : [],
    };

    /// <summary>A spike that has recovered.</summary>
    public static SpikeEvent Spike(int id, SpikeKind kind = SpikeKind.Instability) => new(9)
    {
        Id = id,
        Kind = kind,
        Outcome = SpikeOutcome.Recovered,
        OnsetStep = 4,
        OpenStep = 5,
        PeakStep = 6,
        EndStep = 9,
        OnsetLoss = 1,
        PeakLoss = 2,
        Rise = 2,
        Threshold = 20,
        Hvps = 3,
        Dtype = "float64",
    };
}
