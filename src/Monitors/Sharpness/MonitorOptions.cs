
namespace LossSpikes.Monitors;

/// <summary>How the <see cref="SharpnessMonitor"/> measures.</summary>
public sealed record MonitorOptions
{
    /// <summary>
    /// Steps between measurements of the curvature; the loss is recorded at every step. Null: adaptive, few far below the threshold,
    /// every step near it and above it.
    /// </summary>
    public int? Every { get; init; } = 1;

    /// <summary>k, how many eigenvalues are reported.</summary>
    public int Eigenvalues { get; init; } = 2;

    /// <summary>How many more are tracked as guards, at least two.</summary>
    public int Guards { get; init; } = 2;

    /// <summary>The accepted error of an eigenvalue, relative to the largest.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>
    /// Steps between audits by a cold-start Lanczos run (15–30 HVPs each); 0 for none. After an event an audit is due at half the interval.
    /// </summary>
    public int AuditEvery { get; init; } = 100;

    /// <summary>Whether every spike is explained and forecast, for one ∇S more at a measured step.</summary>
    public bool Explain { get; init; }

    /// <summary>Steps between measurements of ∇S, the expensive part of an explanation.</summary>
    public int ExplainEvery { get; init; } = 1;

    /// <summary>Further measurements; each monitor creates its own.</summary>
    public IReadOnlyList<Func<IStepMeasurement>> Measurements { get; init; } = [];

    /// <summary>The definition of a spike.</summary>
    public SpikeRules Spikes { get; init; } = new();

    /// <summary>Seed of the random start vectors of audits.</summary>
    public long Seed { get; init; }
}
