using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Experiments;

/// <summary>How the largest eigenvalues of the Hessian are followed, and the thresholds of spike detection.</summary>
internal sealed record MonitorSettings
{
    // The file has the defaults of the library.
    private static readonly MonitorOptions Defaults = new();

    [Description("Steps from one measurement of the curvature to the next; auto: few far below the threshold, every step near it and above it.")]
    [Range(1, Limits.MaxSteps)]
    public StepInterval Every { get; init; } = new(Defaults.Every);

    [Description("With mini-batches: examples on which loss, gradient and curvature are measured, a fixed random choice by the seed. Empty: all examples.")]
    [Range(1, 100_000_000)]
    public int? Probe { get; init; }

    [Description("How many of the largest eigenvalues are followed and reported; the first of them is the sharpness.")]
    [Range(1, 20)]
    public int Eigenvalues { get; init; } = Defaults.Eigenvalues;

    [Description("Eigenvectors tracked in addition to the reported ones, so that one that overtakes them is noticed in time.")]
    [Range(2, 100)]
    public int Guards { get; init; } = Defaults.Guards;

    [Description("Relative accuracy of the eigenvalues. Each halving costs more Hessian-vector products.")]
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Tolerance { get; init; } = Defaults.Tolerance;

    [Description("Measured steps between audits: searches for the eigenvalues from scratch (Lanczos), to catch one the tracker has missed. 0: never; "
        + "auto: 100, doubled up to 400 while audits find nothing.")]
    [Range(0, Limits.MaxSteps)]
    public StepInterval AuditEvery { get; init; } = new(Defaults.AuditEvery);

    [Description("Explain every spike and forecast the next: the cubic term of the expansion is measured too, about six gradients more per step.")]
    public bool Explain { get; init; } = Defaults.Explain;

    [Description("Steps from one measurement of the cubic term (the gradient of the sharpness) to the next, where spikes are explained.")]
    [Range(1, Limits.MaxSteps)]
    public int ExplainEvery { get; init; } = Defaults.ExplainEvery;

    [Description("With mini-batches: the curvature that batches have along their own gradients, and the noise along the first eigenvector, by drawn batches.")]
    public BatchSharpnessSettings? BatchSharpness { get; init; }

    [Description("The curvature along the update about to be made, in units of its descent: above 2 the loss rises. One Hessian-vector product.")]
    public bool UpdateCurvature { get; init; }

    [Description("2 over the smallest learning rate at which the update would not lower the loss: a line search by evaluations of the loss alone.")]
    public bool CriticalSharpness { get; init; }

    [Description("The curvature layer by layer: the share of each reported eigenvector, the largest eigenvalue of the layer's own block, the norms of "
        + "its gradient and update; a spike says which layer it began in. About two Hessian-vector products for each layer.")]
    public bool Layers { get; init; }

    [Description("With layers: the groups of parameters that are measured instead of layers, by their names with * for any characters; a parameter "
        + "belongs to the first that fits. Empty: one group for each layer.")]
    public IReadOnlyList<string> LayerPatterns { get; init; } = [];

    [Description("The split of each reported eigenvalue into the Gauss-Newton part and the rest, which holds the second derivatives of the network. Two "
        + "Hessian-vector products for each.")]
    public bool GaussNewton { get; init; }

    [Description("The averaged path of gradient descent (its central flow) along the run: the mean loss that it predicts, and the distance to it.")]
    public FlowMeasurementSettings? Flow { get; init; }

    [Description("A spike opens when the upper envelope of the loss exceeds its lowest value since the last spike by this share.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double MinRise { get; init; } = Defaults.Spikes.MinRise;

    [Description("A spike that is still open after this many steps ends: sustained, or partial if the loss has come down.")]
    [Range(1, Limits.MaxSteps)]
    public int MaxOpen { get; init; } = Defaults.Spikes.MaxOpen;

    [Description("A loss above this many times the larger of |loss at step 0| and the scale of the objective (½ mean |y|² for mse, ln C for cross_entropy) "
        + "counts as divergence, and ends the run.")]
    [Range(1.0, double.MaxValue, MinimumIsExclusive = true)]
    public double DivergenceFactor { get; init; } = Defaults.Spikes.DivergenceFactor;

    [Description("With mini-batches: what counts as a spike of a batch's loss.")]
    public BatchSpikeSettings BatchSpikes { get; init; } = new();

    [Description("What is written in addition to metrics.csv and events.jsonl: tensorboard, an events file that TensorBoard reads, with every spike as text.")]
    public IReadOnlyList<SinkKind> Sinks { get; init; } = [];

    /// <summary>The options of the monitor.</summary>
    /// <param name="seed">Seed of the audits' start vectors.</param>
    public MonitorOptions ToOptions(long seed) => new()
    {
        Every = Every.Steps,
        Eigenvalues = Eigenvalues,
        Guards = Guards,
        Tolerance = Tolerance,
        AuditEvery = AuditEvery.Steps,
        Explain = Explain,
        ExplainEvery = ExplainEvery,
        Seed = seed,
        Layers = Layers ? LayerPatterns : null,
        Measurements =
        [
            .. Measurements.Select(m => (Func<IStepMeasurement>)m.Create),
            .. UpdateCurvature ? [() => new UpdateCurvature()] : (Func<IStepMeasurement>[])[],
            .. CriticalSharpness ? [() => new CriticalSharpness()] : (Func<IStepMeasurement>[])[],
            .. GaussNewton ? [() => new GaussNewtonSplit(Eigenvalues)] : (Func<IStepMeasurement>[])[],
        ],
        BatchSpikes = BatchSpikes.ToRules(),
        Spikes = new SpikeRules { MinRise = MinRise, MaxOpen = MaxOpen, DivergenceFactor = DivergenceFactor },
    };

    private IEnumerable<IMeasurementSettings> Measurements =>
        typeof(MonitorSettings).GetProperties().Where(
            p => p.PropertyType.IsAssignableTo(typeof(IMeasurementSettings))).Select(p => p.GetValue(this)).OfType<IMeasurementSettings>();
}
