namespace LossSpikes.Lab.Runs;

/// <summary>summary.json: the whole run in one object.</summary>
internal sealed record RunSummary
{
    public required string Name { get; init; }

    /// <summary>Why it ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>What the run did as a whole; see <see cref="RunBehaviour"/>.</summary>
    public required RunBehaviour Behaviour { get; init; }

    /// <summary>Whether this is normal, in one line; see <see cref="RunVerdict"/>.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>The last step recorded, so that there are <c>steps</c> + 1 rows.</summary>
    public required long Steps { get; init; }

    public required double InitialLoss { get; init; }

    public required double FinalLoss { get; init; }

    public required double BestLoss { get; init; }

    public required long BestLossStep { get; init; }

    public double? FinalAccuracy { get; init; }

    public double? BestAccuracy { get; init; }

    public double? FinalSharpness { get; init; }

    public double? HighestSharpness { get; init; }

    public required double FinalThreshold { get; init; }

    /// <summary>The step of the first upward crossing.</summary>
    public long? FirstCrossing { get; init; }

    /// <summary>The mean of S/T over the measured steps from the first crossing on.</summary>
    public double? MeanSharpnessOverThreshold { get; init; }

    public required int CrossingsUp { get; init; }

    public required int CrossingsDown { get; init; }

    /// <summary>How many spikes, which are rises of the loss with an instability behind them, ended in each way.</summary>
    public required IReadOnlyDictionary<string, int> Spikes { get; init; }

    /// <summary>The largest peak/onset of any spike.</summary>
    public double? HighestRise { get; init; }

    /// <summary>Rises of the loss with no instability behind them.</summary>
    public required int Rises { get; init; }

    /// <summary>The period of the last ripple of momentum among them, in steps; null where there was none.</summary>
    public double? RipplePeriod { get; init; }

    /// <summary>Rises of the loss at which the curvature was not measured.</summary>
    public required int UnmeasuredRises { get; init; }

    /// <summary>How many spikes each mechanism made; null without explanations.</summary>
    public IReadOnlyDictionary<string, int>? Mechanisms { get; init; }

    /// <summary>The scores of the forecasts; null without explanations.</summary>
    public ForecastScores? Forecasts { get; init; }

    /// <summary>How well a flow predicted the mean loss; null where there is no flow.</summary>
    public FlowScore? Flow { get; init; }

    public required int Audits { get; init; }

    /// <summary>Audits that found the tracker wrong by more than the tolerance.</summary>
    public required int AuditsAdopted { get; init; }

    public required int Warnings { get; init; }

    public required long MeasuredSteps { get; init; }

    /// <summary>Measured steps at which an eigenvalue did not meet the tolerance.</summary>
    public required long UnconvergedSteps { get; init; }

    public required long Hvps { get; init; }

    public double? HvpsPerMeasuredStep { get; init; }

    /// <summary>An estimate of what measuring at every step would have cost more: the steps that were not measured, at the mean of those that were.</summary>
    public double? HvpsSaved { get; init; }

    public required double Seconds { get; init; }

    public required double StepsPerSecond { get; init; }
}
