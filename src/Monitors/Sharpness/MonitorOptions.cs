using LossSpikes.Monitors.Detection;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>How the <see cref="SharpnessMonitor"/> measures.</summary>
public sealed record MonitorOptions
{
    /// <summary>
    /// Steps between measurements of the curvature; the loss is recorded at every step. Null: as often as the way to the threshold
    /// asks, at every step near it and above it.
    /// </summary>
    public int? Every { get; init; } = 1;

    /// <summary>k, how many eigenvalues are reported.</summary>
    public int Eigenvalues { get; init; } = 2;

    /// <summary>How many more are tracked, at least two.</summary>
    public int Guards { get; init; } = 2;

    /// <summary>Error of an eigenvalue, relative to the largest, that is accepted.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Steps between audits by a cold Lanczos run (15–30 HVPs each); 0 for none. Events bring one early, at most twice as often.</summary>
    public int AuditEvery { get; init; } = 100;

    /// <summary>Whether every spike is explained and forecast: at most six gradients more at a measured step.</summary>
    public bool Explain { get; init; }

    /// <summary>Steps between measurements of ∇S, the dear part of an explanation.</summary>
    public int ExplainEvery { get; init; } = 1;

    /// <summary>What counts as a spike.</summary>
    public SpikeRules Spikes { get; init; } = new();

    /// <summary>Of the random starts of the audits.</summary>
    public long Seed { get; init; }
}
