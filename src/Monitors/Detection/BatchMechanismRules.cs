namespace LossSpikes.Monitors.Detection;

/// <summary>The evidence about a spike of a mini-batch's loss, and the rules by which it decides the mechanism. The first rule that holds counts.</summary>
internal static class BatchMechanismRules
{
    // Where other batches rose by at least half as much, the parameters moved to where the loss is higher.
    private const double Shared = 0.5;

    // P falls by √β₂ a step at most, by less than a tenth for every β₂ in use.
    private const double Reset = 2.0 / 3;

    private const double RateRise = 1.1;

    // Loss spikes follow where the root mean square of g/√v̂ exceeds this (Wortsman 2023, arXiv 2304.13013, section 3.4).
    private const double Stale = 2.3;

    /// <summary>The evidence.</summary>
    public static BatchEvidence Evidence(BatchSpikeDetector.Open open, BatchExamination examination)
    {
        var others = RobustScore.Of(examination.OthersBefore);
        var moved = RobustScore.Of(examination.OthersNow.Zip(examination.OthersBefore, (now, before) => now - before)).Median;
        List<Measurement> rise = [.. open.Rise.TakeWhile(r => r.Step <= examination.Step)];
        var loss = rise[^1].StepLoss;
        var stale = rise.FirstOrDefault(r => Further(r, BatchColumns.Staleness) > Stale);
        return new BatchEvidence
        {
            ExaminedStep = examination.Step,
            Score = open.Score.Of(loss),
            Median = open.Score.Median,
            Spread = open.Score.Spread,
            Epoch = examination.Batch.Epoch,
            Batch = examination.Batch.Place,
            Examples = examination.Batch.Examples,
            BeforeStep = rise[0].Step,
            ThisBefore = examination.ThisBefore,
            ScoreBefore = (examination.ThisBefore - others.Median) / Math.Max(others.Spread, open.Score.Spread),
            OthersBefore = others.Median,
            OthersNow = RobustScore.Of(examination.OthersNow).Median,
            Others = examination.OthersBefore.Count,
            SharedRise = moved / (loss - open.Score.Median),
            SharpnessRatio = rise.Max(r => r.Ratio) ?? open.LastRatio,
            UpdateCurvature = examination.UpdateCurvature,
            LearningRateRise = rise.Max(r => r.LearningRate) / rise[0].LearningRate,
            PreconditionerChange = Further(rise[^1], BatchColumns.Preconditioner) / Further(rise[0], BatchColumns.Preconditioner),
            PreconditionerDrop = rise.Zip(rise.Skip(1), (a, b) => Further(b, BatchColumns.Preconditioner) / Further(a, BatchColumns.Preconditioner)).Min(),
            Staleness = rise.Max(r => Further(r, BatchColumns.Staleness)),
            StaleFirst = stale is null ? null : open.Score.Of(stale.StepLoss) < BatchSpikeDetector.CalmScore,
            StaleParameters = examination.StaleParameters,
            HalfLife = examination.HalfLife,
            GrownParameter = examination.GrownParameter?.Name,
            StepGrowth = examination.GrownParameter?.Factor,
        };
    }

    /// <summary>The mechanism.</summary>
    public static Mechanism Decide(SpikeOutcome outcome, BatchEvidence evidence, BatchSpikeRules rules) =>
        !(evidence.SharedRise >= Shared) && double.IsFinite(evidence.SharedRise) ? evidence.ScoreBefore > rules.BadScore ? Mechanism.BadBatch : Mechanism.Noise
        : evidence.PreconditionerDrop < Reset ? Mechanism.StateReset
        : evidence.LearningRateRise > RateRise ? Mechanism.LearningRateChange
        : evidence.StaleFirst == true ? Mechanism.Preconditioner
        : evidence.SharpnessRatio > 1 ? outcome == SpikeOutcome.Diverged ? Mechanism.Divergence : Mechanism.EdgeOfStability
        : evidence.SharpnessRatio is not null ? Mechanism.Noise
        : Mechanism.Unknown;

    /// <summary>What was behind it: the parameters moved because the step was too long for the curvature, or not.</summary>
    public static SpikeKind Kind(Mechanism mechanism, BatchEvidence? evidence) =>
        mechanism is Mechanism.BadBatch or Mechanism.Noise ? SpikeKind.Rise
        : mechanism != Mechanism.Unknown ? SpikeKind.Instability
        : evidence?.SharpnessRatio is null ? SpikeKind.Unmeasured : SpikeKind.Rise;

    private static double? Further(Measurement row, string column) => row.Further.TryGetValue(column, out var value) ? value : null;
}
