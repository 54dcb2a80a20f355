using System.Text.Json;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>diagnosis.json: why the loss spiked, and what would have avoided it.</summary>
internal sealed record SpikeDiagnosis
{
    private static readonly JsonSerializerOptions Json = new(RecordJson.Options) { WriteIndented = true };

    /// <summary>What was diagnosed.</summary>
    public required string Name { get; init; }

    /// <summary>The answer in one sentence.</summary>
    public required string Answer { get; init; }

    /// <summary>The possible causes, the first one first.</summary>
    public required IReadOnlyList<Cause> Causes { get; init; }

    /// <summary>What the inputs could not decide.</summary>
    public required IReadOnlyList<string> NotDecidable { get; init; }

    /// <summary>What was tried.</summary>
    public required IReadOnlyList<Advice> Advice { get; init; }

    /// <summary>What was taken for granted.</summary>
    public required IReadOnlyList<string> Assumptions { get; init; }

    /// <summary>Measured before the spike.</summary>
    public required PointFacts Before { get; init; }

    /// <summary>Measured after the spike.</summary>
    public PointFacts? After { get; init; }

    /// <summary>α of the sharpness before the spike, the rate of progressive sharpening; null where the theory or the check of ∇S refuses it.</summary>
    public double? Alpha { get; init; }

    /// <summary>β of the cubic term there.</summary>
    public double? Beta { get; init; }

    /// <summary>The same point in float64.</summary>
    public PrecisionFacts? Precision { get; init; }

    /// <summary>The batches of the spike among others.</summary>
    public BatchFacts? Batches { get; init; }

    /// <summary>The second moments before and after.</summary>
    public MomentFacts? Moments { get; init; }

    /// <summary>The futures that were trained, the one without a change first.</summary>
    public required IReadOnlyList<Future> Futures { get; init; }

    /// <summary>Diagnoses a training.</summary>
    /// <param name="case">The training.</param>
    /// <param name="futures">Trains its futures.</param>
    public static SpikeDiagnosis Of(TrainingCase @case, FutureRunner futures)
    {
        var asItWas = futures.Run(FutureChange.None);
        var evidence = new Evidence(
            @case,
            PointFacts.Measure(@case, @case.Before),
            @case.After is { } after ? PointFacts.Measure(@case, after, @case.LearningRates?.After) : null,
            PrecisionFacts.Measure(@case, @case.Before),
            BatchFacts.Measure(@case),
            MomentFacts.Of(@case),
            asItWas,
            futures.Run);
        var causes = CauseRules.Rank(evidence);
        var advice = AdviceRules.Try(evidence, causes[0]);
        AdviceRules.TryTheLimit(evidence, causes[0]);
        return new SpikeDiagnosis
        {
            Name = @case.Experiment.Name,
            Answer = Said(causes[0], asItWas, advice),
            Causes = causes,
            NotDecidable = [.. causes.Where(c => c.Standing == Standing.Undecided).Select(c => $"{c.Name.Replace('_', ' ')}: {c.Sentence}")],
            Advice = advice,
            Assumptions = @case.Assumptions,
            Before = evidence.Before,
            After = evidence.After,
            Alpha = asItWas.Rows[0].Explanation?.Alpha,
            Beta = asItWas.Rows[0].Explanation?.Beta,
            Precision = evidence.Precision,
            Batches = evidence.Batches,
            Moments = evidence.Moments,
            Futures = [.. futures.Made],
        };
    }

    /// <summary>The diagnosis as JSON, with further values.</summary>
    public string Describe(params IEnumerable<(string Key, string Value)> more)
    {
        var json = JsonSerializer.SerializeToNode(this, Json)!;
        foreach (var (key, value) in more)
        {
            json[key] = value;
        }

        return json.ToJsonString(Json);
    }

    private static string Said(Cause first, Future asItWas, IReadOnlyList<Advice> advice)
    {
        var helped = advice.FirstOrDefault(a => a.StayedAway);
        var tried = !asItWas.Spiked && helped?.Future != asItWas.Name ? "as the replay without a change does not spike, it cannot judge the changes"
            : helped is null ? "nothing that was tried avoids the spike"
            : $"what avoids it: {helped.Change}";
        return $"{first.Name.Replace('_', ' ')}: {first.Sentence}; {tried}";
    }
}
