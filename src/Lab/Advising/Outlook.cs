using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Advising;

/// <summary>advice.json: what a run that has not begun will meet.</summary>
internal sealed record Outlook
{
    private const double Below = 0.95, Above = 1.1, Helps = 2;

    private static readonly JsonSerializerOptions Json = new(RecordJson.Options) { WriteIndented = true };

    /// <summary>The experiment.</summary>
    public required string Name { get; init; }

    /// <summary>What to expect, and what to do, as sentences.</summary>
    public required IReadOnlyList<string> Advice { get; init; }

    /// <summary>Measured at the start.</summary>
    public required PointFacts Start { get; init; }

    /// <summary>Measured after the warm-up; null where the loss diverged before.</summary>
    public PointFacts? AfterWarmUp { get; init; }

    /// <summary>λ₁/λ_k of the optimizer's matrix at the start, k the number of eigenvalues that are followed; null where λ_k is not positive.</summary>
    public double? ConditionNumber { get; init; }

    /// <summary>The first step of the run as planned at which S was above T; null where it stayed below.</summary>
    public long? EdgeStep { get; init; }

    /// <summary>The step at which S reaches T if it goes on rising as it did; null where it is above already, or does not rise.</summary>
    public double? ExpectedEdgeStep { get; init; }

    /// <summary>The same with standardized inputs; null where there is nothing to standardize.</summary>
    public StandardizedInputs? Standardized { get; init; }

    /// <summary>The run as planned, and with learning rates below and above the largest stable one.</summary>
    public required IReadOnlyList<Future> Futures { get; init; }

    /// <summary>Looks ahead.</summary>
    /// <param name="start">The run at its start.</param>
    /// <param name="warmUp">After how many updates it is measured again.</param>
    /// <param name="futures">Trains its futures.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Outlook Of(TrainingCase start, int warmUp, FutureRunner futures, CancellationToken cancellation)
    {
        var facts = PointFacts.Measure(start, start.Before);
        using var later = StartCase.After(start, warmUp, cancellation);
        var outlook = new Outlook
        {
            Name = start.Experiment.Name,
            Advice = [],
            Start = facts,
            AfterWarmUp = later is null ? null : PointFacts.Measure(start, later),
            ConditionNumber = facts.Eigenvalues[^1] > 0 ? facts.Eigenvalues[0] / facts.Eigenvalues[^1] : null,
            Standardized = StandardizedInputs.Measure(start.Experiment),
            Futures = [],
        };
        var planned = futures.Run(FutureChange.Planned);
        if (double.IsFinite(facts.LargestStableLearningRate))
        {
            futures.Run(Changes.ShareOfLargest(facts, Below));
            futures.Run(Changes.ShareOfLargest(facts, Above));
        }

        outlook = outlook with
        {
            EdgeStep = planned.Rows.FirstOrDefault(r => r.Ratio > 1)?.Step,
            ExpectedEdgeStep = Expected(planned),
            Futures = [.. futures.Made],
        };
        return outlook with { Advice = [.. outlook.Sentences()] };
    }

    /// <summary>The outlook as JSON, with further values.</summary>
    public string Describe(params IEnumerable<(string Key, string Value)> more)
    {
        var json = JsonSerializer.SerializeToNode(this, Json)!;
        foreach (var (key, value) in more)
        {
            json[key] = value;
        }

        return json.ToJsonString(Json);
    }

    private IEnumerable<string> Sentences()
    {
        var planned = Futures[0];
        yield return Text($"η = {Start.LearningRate:G4} is {(Start.Ratio > 1 ? "above" : "below")} the largest stable one at the start, ")
            + Text($"{Start.LargestStableLearningRate:G5}: ")
            + Text($"S = {Start.Eigenvalues[0]:G5} is {Start.Ratio:F2} of the threshold {Start.Formula} = {Start.Threshold:G5}");
        yield return AfterWarmUp is { } later
            ? Text($"after {later.Step} steps S is {later.Eigenvalues[0]:G5}, {later.Ratio:F2} of the threshold, ")
                + Text($"and the largest stable η {later.LargestStableLearningRate:G5}")
            : "the loss diverges during the warm-up";
        yield return EdgeStep is { } edge && edge > planned.Rows[0].Step ? Text($"S passes the threshold at step {edge}; from there on the loss may spike")
            : EdgeStep is not null ? "S is above the threshold from the start: the loss falls only if the sharpness does"
            : ExpectedEdgeStep is { } expected ? Text($"S rises towards the threshold, and reaches it at about step {expected:F0} if it goes on so")
            : Text($"S does not rise towards the threshold in {planned.Rows.Count - 1} steps");
        yield return planned.Spiked ? $"as planned, {planned.Spike ?? "the loss diverges"}"
            : Text($"as planned, the loss does not spike in {planned.Rows.Count - 1} steps");
        if (ConditionNumber is > 1 and var condition)
        {
            yield return Text($"the condition number of the top {Start.Eigenvalues.Count} eigenvalues is {condition:G4}");
        }

        if (Standardized is { } s && s.LargestStableLearningRate > Helps * Start.LargestStableLearningRate)
        {
            yield return Text($"standardize the inputs: a feature has a mean of {s.LargestOffset:G3} standard deviations, ")
                + Text($"and spreads differ by ×{s.LargestSpreadRatio:G3}; ")
                + Text($"with mean 0 and standard deviation 1 S is {s.Sharpness:G5} and the largest stable η {s.LargestStableLearningRate:G5}");
        }

        foreach (var tried in Futures.Skip(1))
        {
            yield return $"tried {tried.Change}: "
                + (tried.Spiked ? tried.Spike ?? "the loss diverges" : Text($"no spike in {tried.Rows.Count - 1} steps, loss {tried.EndLoss:G4}"));
        }
    }

    // A straight line through the second half of what was measured.
    private static double? Expected(Future planned)
    {
        List<Measurement> measured = [.. planned.Rows.Where(r => r.Ratio is not null)];
        if (measured.Count < 3 || measured.Exists(r => r.Ratio > 1))
        {
            return null;
        }

        var (from, to) = (measured[measured.Count / 2], measured[^1]);
        var slope = (to.Ratio!.Value - from.Ratio!.Value) / (to.Step - from.Step);
        return slope > 0 ? to.Step + (1 - to.Ratio.Value) / slope : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
