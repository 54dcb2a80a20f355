using System.Globalization;

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
    /// Measured steps between audits by a cold-start Lanczos run (15–30 HVPs each); 0 for none. Null: 100, doubled up to 400 while audits find
    /// nothing. After an event an audit is due at half the interval.
    /// </summary>
    public int? AuditEvery { get; init; }

    /// <summary>Whether every spike is explained and forecast, for one ∇S more at a measured step.</summary>
    public bool Explain { get; init; }

    /// <summary>Steps between measurements of ∇S, the expensive part of an explanation.</summary>
    public int ExplainEvery { get; init; } = 1;

    /// <summary>
    /// c, the norm to which the loop clips gradients after <see cref="SharpnessMonitor.Observe(long)"/>; null where it does not clip. A watched
    /// optimizer then has the threshold of the clipped update, see <see cref="StabilityEdge.Clipped"/>.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Whether Hessian–vector products are central differences of gradients where libtorch has no second derivative of an operation; false
    /// leaves the sharpness empty there.
    /// </summary>
    public bool AllowFiniteDifferences { get; init; } = true;

    /// <summary>
    /// Measures the curvature by groups of parameters, given by patterns of their names with * for any characters; empty for one group for each layer,
    /// null for none. Each group costs about two HVPs at a measured step.
    /// </summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>Further measurements; each monitor creates its own.</summary>
    public IReadOnlyList<Func<IStepMeasurement>> Measurements { get; init; } = [];

    /// <summary>
    /// How far below the threshold the sharpness must fall, relative to it, for a crossing <c>down</c>: S ≤ (1 − band)·T. 0 for an optimizer; a curve that
    /// is held at T, such as a central flow, would otherwise cross at every rounding.
    /// </summary>
    public double CrossingBand { get; init; }

    /// <summary>The definition of a spike.</summary>
    public SpikeRules Spikes { get; init; } = new();

    /// <summary>The definition of a spike of a mini-batch's loss.</summary>
    public BatchSpikeRules BatchSpikes { get; init; } = new();

    /// <summary>Seed of the random start vectors of audits.</summary>
    public long Seed { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal MonitorOptions Validated()
    {
        Check(Every is null or >= 1, nameof(Every), Every, "at least 1, or null for adaptive measurement");
        Check(Eigenvalues >= 1, nameof(Eigenvalues), Eigenvalues, "at least 1");
        Check(Guards >= 2, nameof(Guards), Guards, "at least 2");
        Check(Tolerance is > 0 and < 1, nameof(Tolerance), Tolerance, "more than 0 and less than 1");
        Check(AuditEvery is null or >= 0, nameof(AuditEvery), AuditEvery, "at least 1, 0 for no audits, or null for an interval that grows");
        Check(ExplainEvery >= 1, nameof(ExplainEvery), ExplainEvery, "at least 1");
        Check(ClipNorm is null or (> 0 and < double.PositiveInfinity), nameof(ClipNorm), ClipNorm, "more than 0, or null where gradients are not clipped");
        Check(CrossingBand is >= 0 and < 1, nameof(CrossingBand), CrossingBand, "at least 0 and less than 1");
        Check(Spikes.MinRise is > 0 and < double.PositiveInfinity, "Spikes.MinRise", Spikes.MinRise, "more than 0");
        Check(Spikes.MaxOpen >= 1, "Spikes.MaxOpen", Spikes.MaxOpen, "at least 1");
        Check(Spikes.DivergenceFactor > 1, "Spikes.DivergenceFactor", Spikes.DivergenceFactor, "more than 1");
        Check(BatchSpikes.Score > 0, "BatchSpikes.Score", BatchSpikes.Score, "more than 0");
        Check(BatchSpikes.BadScore > 0, "BatchSpikes.BadScore", BatchSpikes.BadScore, "more than 0");
        Check(BatchSpikes.Window >= 32, "BatchSpikes.Window", BatchSpikes.Window, "at least 32");
        Check(BatchSpikes.Others >= 16, "BatchSpikes.Others", BatchSpikes.Others, "at least 16");
        return this;

        static void Check(bool holds, string name, object? value, string expected)
        {
            if (!holds)
            {
                throw new ArgumentOutOfRangeException(name, value, string.Create(CultureInfo.InvariantCulture, $"{name} must be {expected}, and not {value}"));
            }
        }
    }
}
