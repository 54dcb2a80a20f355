namespace LossSpikes.Lab.Diagnosis;

/// <summary>Everything that the causes are decided by.</summary>
/// <param name="Case">The training.</param>
/// <param name="Before">What was measured before the spike.</param>
/// <param name="After">The same after it; null where that moment is not known.</param>
/// <param name="Precision">The same point in float64; null where the training is in float64.</param>
/// <param name="Batches">The batches; null where every update sees all examples.</param>
/// <param name="Moments">The second moments; null without two of them.</param>
/// <param name="AsItWas">The training repeated from before the spike.</param>
/// <param name="Replay">Trains further futures.</param>
internal sealed record Evidence(
    TrainingCase Case,
    PointFacts Before,
    PointFacts? After,
    PrecisionFacts? Precision,
    BatchFacts? Batches,
    MomentFacts? Moments,
    Future AsItWas,
    Func<FutureChange, Future> Replay);
