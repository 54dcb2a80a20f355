namespace LossSpikes.Monitors.Forecasts;

/// <summary>How a forecast ends whose event has not come.</summary>
internal static class ForecastEnd
{
    public const string RateChanged = "the learning rate changed", RunEnded = "the run ended";

    /// <summary>The last step at which the event still counts as late: half as many steps after the range as the range reached ahead.</summary>
    public static long Deadline(this ForecastEvent said) => said.Latest!.Value + (said.Latest.Value - said.Step) / 2;

    /// <summary>The event did not come.</summary>
    public static ForecastScoredEvent Missed(this ForecastEvent said, long step) => new(step, said.Kind, said.Step, said.Expected!.Value);

    /// <summary>Something else came first.</summary>
    public static ForecastScoredEvent Withdrawn(this ForecastEvent said, long step, string reason) => said.Missed(step) with { Withdrawn = reason };

    /// <summary>Something else came: the event did not come if the range had passed by then, and the forecast is withdrawn if it had not.</summary>
    /// <param name="said">The forecast.</param>
    /// <param name="at">The step at which it was overtaken.</param>
    /// <param name="reason">By what, as a sentence.</param>
    /// <param name="step">The step at which this is known.</param>
    public static ForecastScoredEvent Overtaken(this ForecastEvent said, long at, string reason, long step) =>
        at > said.Latest ? said.Missed(step) : said.Withdrawn(step, reason);
}
