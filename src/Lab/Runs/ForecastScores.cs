using LossSpikes.Monitors;

namespace LossSpikes.Lab.Runs;

/// <summary>The accuracy of the forecasts of a run and of their baselines; the errors have the names of events.jsonl.</summary>
/// <param name="Crossings">Forecasts of the sharpness passing the threshold.</param>
/// <param name="Spikes">Forecasts of the peak of a spike.</param>
internal sealed record ForecastScores(CrossingScores Crossings, SpikeScores Spikes)
{
    /// <summary>Nothing scored yet.</summary>
    public static ForecastScores None { get; } = new(new CrossingScores(), new SpikeScores());

    /// <summary>With one more.</summary>
    public ForecastScores With(ForecastScoredEvent scored) => scored.Kind == ForecastKind.Crossing
        ? this with { Crossings = Crossings.With(scored) }
        : this with { Spikes = Spikes.With(scored) };
}

/// <summary>Forecasts of crossings, scored in steps.</summary>
internal sealed record CrossingScores
{
    /// <summary>Forecasts whose crossing came.</summary>
    public int Count { get; init; }

    /// <summary>Forecasts whose crossing did not come.</summary>
    public int Missed { get; init; }

    /// <summary>Forecasts overtaken by a change of η or by the end of the run: neither.</summary>
    public int Withdrawn { get; init; }

    /// <summary>Those that came between the earliest and the latest step said.</summary>
    public int WithinRange { get; init; }

    public MeanError ErrorSteps { get; init; } = MeanError.None;

    /// <summary>Of the straight line through recent values of the sharpness.</summary>
    public MeanError ErrorStepsLine { get; init; } = MeanError.None;

    /// <summary>Of the parabola through them.</summary>
    public MeanError ErrorStepsParabola { get; init; } = MeanError.None;

    public CrossingScores With(ForecastScoredEvent scored) => new()
    {
        Count = Count + (scored.Actual is null ? 0 : 1),
        Missed = Missed + (scored is { Actual: null, Withdrawn: null } ? 1 : 0),
        Withdrawn = Withdrawn + (scored.Withdrawn is null ? 0 : 1),
        WithinRange = WithinRange + (scored.WithinRange == true ? 1 : 0),
        ErrorSteps = ErrorSteps.With(scored.ErrorSteps),
        ErrorStepsLine = ErrorStepsLine.With(scored.ErrorStepsLine),
        ErrorStepsParabola = ErrorStepsParabola.With(scored.ErrorStepsParabola),
    };
}

/// <summary>Forecasts of spikes, scored in steps, in the displacement and in the rise of the loss (both as shares of what was measured).</summary>
internal sealed record SpikeScores
{
    /// <summary>Forecasts whose spike came.</summary>
    public int Count { get; init; }

    /// <summary>Forecasts whose spike did not come.</summary>
    public int Missed { get; init; }

    /// <summary>Forecasts overtaken by a change of η or by the end of the run: neither.</summary>
    public int Withdrawn { get; init; }

    /// <summary>Those that came between the earliest and the latest step said.</summary>
    public int WithinRange { get; init; }

    public MeanError ErrorSteps { get; init; } = MeanError.None;

    public MeanError ErrorDisplacement { get; init; } = MeanError.None;

    /// <summary>Of the closed form, the flow's conserved quantity.</summary>
    public MeanError ErrorDisplacementClosedForm { get; init; } = MeanError.None;

    public MeanError ErrorRise { get; init; } = MeanError.None;

    public SpikeScores With(ForecastScoredEvent scored) => new()
    {
        Count = Count + (scored.Actual is null ? 0 : 1),
        Missed = Missed + (scored is { Actual: null, Withdrawn: null } ? 1 : 0),
        Withdrawn = Withdrawn + (scored.Withdrawn is null ? 0 : 1),
        WithinRange = WithinRange + (scored.WithinRange == true ? 1 : 0),
        ErrorSteps = ErrorSteps.With(scored.ErrorSteps),
        ErrorDisplacement = ErrorDisplacement.With(scored.ErrorDisplacement),
        ErrorDisplacementClosedForm = ErrorDisplacementClosedForm.With(scored.ErrorDisplacementClosedForm),
        ErrorRise = ErrorRise.With(scored.ErrorRise),
    };
}
