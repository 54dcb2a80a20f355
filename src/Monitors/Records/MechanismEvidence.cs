namespace LossSpikes.Monitors;

/// <summary>
/// The evidence that decides the mechanism of a spike. "Since the calm" means since the last spike ended, or since the start. The unstable space
/// is that of the eigenvectors above the threshold since the calm: the evidence is its own, whatever they do among each other.
/// </summary>
public sealed record MechanismEvidence
{
    /// <summary>The highest S/T since the calm and up to the peak.</summary>
    public double? HighestRatio { get; init; }

    /// <summary>Measured steps since the calm and up to the peak with S &gt; T.</summary>
    public required int StepsAboveThreshold { get; init; }

    /// <summary>The place among the eigenvalues, from 1, of the eigenvector that oscillated most when the spike opened.</summary>
    public int? BurstRank { get; init; }

    /// <summary>
    /// Whether it was the first one when the sharpness crossed the threshold, or had the same eigenvalue to 1 %; null where it was not tracked there.
    /// </summary>
    public bool? FirstAtCrossing { get; init; }

    /// <summary>The longest series of steps, up to one between the opening and the peak, at which the oscillation changed sides.</summary>
    public required int Alternations { get; init; }

    /// <summary>
    /// Σ ½λ_i x_i² at the opening, the part of the unstable space, relative to the rise of the loss up to there: the share of the rise that the
    /// displacements account for, while they are small.
    /// </summary>
    public double? EnergyShare { get; init; }

    /// <summary>
    /// The largest growth of the gradient's oscillation within one step on its way to the opening, against the largest of the four steps before
    /// and relative to the larger of 1 and |1 − 2S/T|, the growth of a step. An instability stays near 1 or below; changed data do not.
    /// </summary>
    public double? LargestStep { get; init; }

    /// <summary>
    /// The smallest oscillation in the unstable space since the calm (for a sustained spike, also after the peak), relative to the largest in the
    /// spike.
    /// </summary>
    public double? Persistence { get; init; }

    /// <summary>
    /// The step at which the sharpness came to be above the threshold: the crossing, or a later fall of the threshold by more than 1 %. The numbers
    /// that follow compare it with ten measured steps before.
    /// </summary>
    public long? ChangeStep { get; init; }

    /// <summary>By how much ln T fell.</summary>
    public double? ThresholdFall { get; init; }

    /// <summary>By how much ln S rose.</summary>
    public double? SharpnessRise { get; init; }

    /// <summary>By how much the logarithm of the sharpness of H itself rose, under a preconditioner.</summary>
    public double? RawSharpnessRise { get; init; }

    /// <summary>Whether the sharpness was above the threshold at the first step of all, and at every one from there to the opening.</summary>
    public required bool AboveFromStart { get; init; }

    /// <summary>S/T at the first step of all; null for later spikes.</summary>
    public double? FirstRatio { get; init; }

    /// <summary>The lowest S/T from the peak to the end.</summary>
    public double? LowestRatio { get; init; }
}
