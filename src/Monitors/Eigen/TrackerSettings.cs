namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The constants of <see cref="EigenTracker"/>. The defaults were chosen by <c>lab bench tracker</c>, which measures HVPs per step and errors
/// of λ₁ on small and medium networks and on synthetic matrices; <c>--set NAME=VALUE</c> there changes one.
/// </summary>
/// <remarks>
/// |λ₁| stands for the magnitude of the largest Ritz value at the present update; at a restart, of that of the whole projected matrix. An audit
/// compares the tracker with <see cref="EigenTracker.FromScratch"/>.
/// </remarks>
public sealed record TrackerSettings
{
    /// <summary>The defaults.</summary>
    public static TrackerSettings Default { get; } = new();

    /// <summary>
    /// Guard vectors kept in addition to those asked for, where guards are evaluated lazily. Unit: vectors. Such a guard costs memory and few
    /// HVPs, and a wide block covers the cluster of eigenvalues that gathers at the edge of stability.
    /// </summary>
    public int ExtraGuards { get; init; } = 2;

    /// <summary>
    /// The divisor of the tolerance for a cold start by <see cref="Lanczos"/>. Later updates rest on its block, and an audit must be
    /// more accurate than what it checks.
    /// </summary>
    public double FromScratchStrictness { get; init; } = 100;

    /// <summary>
    /// Pairs beyond the reported ones that must converge in an audit. Unit: pairs. A Krylov space can converge to λ₂ before it contains v₁;
    /// asking for more pairs makes that unlikely.
    /// </summary>
    public int ExtraAuditPairs { get; init; } = 2;

    /// <summary>
    /// HVPs after which a warm-started update makes no further correction. The k reported vectors and the guards that are due are evaluated in
    /// any case. It bounds the cost where eigenvalues are too clustered to converge.
    /// </summary>
    public int MaxMatVecs { get; init; } = 40;

    /// <summary>
    /// Estimated error up to which a reported pair is corrected. Unit: the tolerance. Below one, since the error of the eigenvector is
    /// carried into the next start.
    /// </summary>
    public double CorrectionThreshold { get; init; } = 0.35;

    /// <summary>
    /// Updates after which a guard is evaluated whatever is predicted of it, divided by the number of reported pairs: with more of them,
    /// guards are closer to the last. Predictions that are never checked drift unnoticed.
    /// </summary>
    public double MaxGuardAge { get; init; } = 12;

    /// <summary>
    /// The factor on the distance that a guard's Ritz value may have moved since it was evaluated. Above one, since the drift is an average and
    /// not a bound.
    /// </summary>
    public double DriftMargin { get; init; } = 1.25;

    /// <summary>
    /// The least drift assumed of a guard. Unit: the largest drift in the block. A guard whose value stood still may start to move like the
    /// others.
    /// </summary>
    public double MinDriftShare { get; init; } = 0.5;

    /// <summary>The share of a guard's drift that one evaluation keeps, if it finds less: a single good prediction proves little.</summary>
    public double DriftDecay { get; init; } = 0.8;

    /// <summary>The drift of a vector whose prediction was never checked. Unit: relative error per √update. Typical of networks in training.</summary>
    public double InitialDrift { get; init; } = 0.01;

    /// <summary>
    /// Residual above which an evaluated Ritz pair that is not reported gets one more HVP, along the residual. Unit: |λ₁|. It is then far
    /// from any eigenvector, and
    /// the residual contains eigenvectors that rise from below the block.
    /// </summary>
    public double RepairThreshold { get; init; } = 0.1;

    /// <summary>
    /// The Rayleigh quotient assumed of a residual outside the subspace, for gaps. Unit: the lowest predicted Ritz value of the block. Residuals
    /// contain what lies below the block, in networks most of it far below. It is taken as −|λ| of the value in question at least.
    /// </summary>
    public double ResidualRayleighShare { get; init; } = 0.3;

    /// <summary>
    /// The largest rotation of a Ritz vector by r/gap, its residual divided by the gap, at a restart. Unit: radians. No HVP checks the step, which is
    /// a first-order one.
    /// </summary>
    public double MaxRestartRotation { get; init; } = 0.3;

    /// <summary>The least gap by which a residual is divided at a restart. Unit: |λ₁|. It keeps the step finite for tiny residuals.</summary>
    public double MinRestartGap { get; init; } = 1e-3;

    /// <summary>
    /// Share of its length that a direction must keep after orthogonalization to be new, and share of the largest singular value that one of the start
    /// block must have. What is left of one below it is mostly rounding
    /// in float32.
    /// </summary>
    public double MinIndependentShare { get; init; } = 1e-3;

    /// <summary>
    /// Ridge of the least-squares extrapolation weight. Unit: the squared distance between the last two points. It shrinks weights that are
    /// estimated from noise.
    /// </summary>
    public double ExtrapolationRidge { get; init; } = 0.02;

    /// <summary>
    /// The largest magnitude of the extrapolation weight. A learning rate that jumps leads far along the line through the last two points, where
    /// extrapolation magnifies errors.
    /// </summary>
    public double MaxExtrapolationWeight { get; init; } = 2;

    /// <summary>
    /// The largest age that an extrapolated row may get. Unit: updates. Older rows stay as they are, since extrapolation magnifies their
    /// errors.
    /// </summary>
    public double MaxExtrapolatedAge { get; init; } = 2.5;

    /// <summary>
    /// The least rotation between the last two blocks that is undone before extrapolation. Unit: largest entry of the rotation minus the
    /// identity, about radians. It saves a pass over the block; products rotate with their vectors, so that they stay consistent.
    /// </summary>
    public double MinAlignedRotation { get; init; } = 0.05;
}
