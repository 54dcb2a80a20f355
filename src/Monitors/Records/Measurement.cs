namespace LossSpikes.Monitors;

/// <summary>
/// What the monitor measured at one step, at the iterate θ_t before its update: one row of metrics.csv. The
/// <see cref="MeasurementSchema"/> of a run maps it to columns.
/// </summary>
public sealed record Measurement
{
    /// <summary>t.</summary>
    public required long Step { get; init; }

    /// <summary>
    /// The full-batch loss f(θ_t). With mini-batches it is NaN at steps that were not measured (see <see cref="HasLoss"/>), and infinite where it is
    /// no number.
    /// </summary>
    public required double Loss { get; init; }

    /// <summary>The loss of the mini-batch that the optimizer saw; null where it sees all examples.</summary>
    public double? BatchLoss { get; init; }

    /// <summary>Whether the loss was evaluated: at every step of the full batch, and at measured steps with mini-batches.</summary>
    public bool HasLoss => BatchLoss is null || !double.IsNaN(Loss);

    /// <summary>The loss that the optimizer saw.</summary>
    public double StepLoss => BatchLoss ?? Loss;

    /// <summary>The share of examples classified correctly, 0…1; null where there are no classes.</summary>
    public double? Accuracy { get; init; }

    /// <summary>|g|, the Euclidean norm of the full-batch gradient; NaN where the loss was not evaluated.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The optimizer's stability threshold T at this step; infinite for a learning rate of 0, NaN where none is known.</summary>
    public required double Threshold { get; init; }

    /// <summary>η, the learning rate of the update made from θ_t; null where the caller did not say.</summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// λ₁ ≥ λ₂ ≥ …, largest algebraic first, of the matrix that the optimizer's stability depends on: H, or ΛP⁻¹(H + D) under
    /// preconditioner, groups of parameters or weight decay (<see cref="StabilityEdge"/>). Empty at steps that were not measured.
    /// </summary>
    public IReadOnlyList<double> Eigenvalues { get; init; } = [];

    /// <summary>g·v_i for the unit vector v_i along each reported eigenvector, in the coordinates of θ; signs are continued from step to step.</summary>
    public IReadOnlyList<double> GradientDots { get; init; } = [];

    /// <summary>The largest eigenvalue of H itself, where <see cref="Eigenvalues"/> are those of a preconditioned matrix; null elsewhere.</summary>
    public double? HessianSharpness { get; init; }

    /// <summary>What the explanation of spikes needs; null where explanations are off, and at steps that were not measured.</summary>
    public StepExplanation? Explanation { get; init; }

    /// <summary>The values of further measurements by the names of their columns; empty where there are none.</summary>
    public IReadOnlyDictionary<string, double> Further { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// The largest |H·v − λ·v| of the reported pairs, H the symmetric matrix they belong to: the certificate. Null at steps that were
    /// not measured.
    /// </summary>
    public double? Residual { get; init; }

    /// <summary>Whether every reported eigenvalue met the tolerance.</summary>
    public bool Converged { get; init; } = true;

    /// <summary>Hessian–vector products spent at this step.</summary>
    public int HessianProducts { get; init; }

    /// <summary>Wall-clock seconds since the monitor was created.</summary>
    public double Seconds { get; init; }

    /// <summary>S = λ₁, the sharpness that decides about stability; null at steps that were not measured.</summary>
    public double? Sharpness => Eigenvalues.Count > 0 ? Eigenvalues[0] : null;

    /// <summary>S/T; null where S was not measured, and where there is no finite threshold.</summary>
    public double? Ratio => double.IsFinite(Threshold) ? Sharpness / Threshold : null;

    /// <summary>A tracked eigenvalue by its rank from 0: the reported ones first and, in explained runs, the guards after them.</summary>
    public double TrackedEigenvalue(int rank) => rank < Eigenvalues.Count ? Eigenvalues[rank] : Explanation!.Guards[rank - Eigenvalues.Count];
}
