using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Experiments;

/// <summary>How the largest eigenvalues of the Hessian are followed, and the thresholds of spike detection.</summary>
internal sealed record MonitorSettings
{
    [Description("Steps from one measurement of the curvature to the next; auto: few far below the threshold, every step near it and above it.")]
    [Range(1, Experiment.MaxSteps)]
    public StepInterval Every { get; init; } = new(1);

    [Description("How many of the largest eigenvalues are followed and reported; the first of them is the sharpness.")]
    [Range(1, 20)]
    public int Eigenvalues { get; init; } = 2;

    [Description("Eigenvectors followed beside the reported ones, so that one that overtakes them is noticed in time.")]
    [Range(2, 100)]
    public int Guards { get; init; } = 2;

    [Description("Relative accuracy of the eigenvalues. Each halving costs more Hessian-vector products.")]
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true)]
    public double Tolerance { get; init; } = 1e-3;

    [Description("Steps from one audit to the next: a search for the eigenvalues from scratch (Lanczos), to catch one the tracker has missed. 0: never.")]
    [Range(0, Experiment.MaxSteps)]
    public int AuditEvery { get; init; } = 100;

    [Description("Explain every spike and forecast the next: the cubic term of the expansion is measured too, at most six gradients more a step.")]
    public bool Explain { get; init; }

    [Description("Steps from one measurement of the cubic term (the gradient of the sharpness) to the next, where spikes are explained.")]
    [Range(1, Experiment.MaxSteps)]
    public int ExplainEvery { get; init; } = 1;

    [Description("A spike opens when the loss exceeds its lowest value since the last spike by this share.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double MinRise { get; init; } = 0.05;

    [Description("A spike that is still open after this many steps counts as sustained.")]
    [Range(1, Experiment.MaxSteps)]
    public int MaxOpen { get; init; } = 500;

    [Description("A loss above this many times the loss at step 0 counts as divergence, and ends the run.")]
    [Range(1.0, double.MaxValue, MinimumIsExclusive = true)]
    public double DivergenceFactor { get; init; } = 1e4;

    [Description("What is written beside metrics.csv and events.jsonl: tensorboard, an events file that TensorBoard reads, with every spike as text.")]
    public IReadOnlyList<SinkKind> Sinks { get; init; } = [];
}
