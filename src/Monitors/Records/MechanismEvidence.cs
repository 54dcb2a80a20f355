namespace LossSpikes.Monitors;

/// <summary>The evidence that decides the mechanism of a spike. "Since the calm" means since the last spike ended, or since the start.</summary>
public sealed record MechanismEvidence
{
    /// <summary>The highest λ_i/T of the mode that burst, since the calm and up to the peak.</summary>
    public double? HighestRatio { get; init; }

    /// <summary>Measured steps since the calm and up to the peak at which that mode was above the threshold.</summary>
    public required int StepsAboveThreshold { get; init; }

    /// <summary>The place among the eigenvalues, from 1, of the mode that oscillated most when the spike opened.</summary>
    public int? BurstRank { get; init; }

    /// <summary>Whether it was the first one when the sharpness crossed the threshold.</summary>
    public bool? FirstAtCrossing { get; init; }

    /// <summary>The longest series of steps, up to one between the opening and the peak, at which its oscillation changed sign.</summary>
    public required int Alternations { get; init; }

    /// <summary>
    /// Σ ½λ_i x_i² over every tracked mode at the opening, relative to the rise of the loss up to there: the share of the rise that the
    /// displacements account for, while they are small.
    /// </summary>
    public double? EnergyShare { get; init; }

    /// <summary>
    /// The smallest oscillation of the mode since the calm (for a spike that did not recover, also after the peak), relative to the largest
    /// in the spike.
    /// </summary>
    public double? Persistence { get; init; }

    /// <summary>By how much ln T fell in the ten measured steps up to the crossing.</summary>
    public double? ThresholdFall { get; init; }

    /// <summary>By how much ln S rose in them.</summary>
    public double? SharpnessRise { get; init; }

    /// <summary>By how much the logarithm of the sharpness of H itself rose in them, under a preconditioner.</summary>
    public double? RawSharpnessRise { get; init; }

    /// <summary>Whether the sharpness was above the threshold at the first step of all, and at every one from there to the opening.</summary>
    public required bool AboveFromStart { get; init; }
}
