using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>A value of an experiment that a page may change before a run of it starts.</summary>
/// <param name="Name">What a request calls it.</param>
/// <param name="Value">The experiment's own.</param>
internal sealed record ShapedValue(string Name, string Value);

/// <summary>
/// What may be changed of an experiment before it starts. The values go the way of <c>lab run --set</c>, so that they are checked as those of
/// a file are, and config.yaml has them.
/// </summary>
internal static class RunShape
{
    // Below the least, 2/η and the thresholds of other optimizers are no finite numbers.
    private const double LeastLearningRate = 1e-300, LargestLearningRate = 1e6;

    private const int LongestValue = 100;
    private const string Batch = "batch";

    // Of several keys with one name a model has at most one.
    private static readonly (string Name, string Key)[] Keys =
    [
        ("learning_rate", "optimizer.learning_rate"),
        ("seed", "seed"),
        ("steps", "steps"),
        ("width", "objective.model.hidden"),
        ("width", "objective.model.channels"),
        ("width", "objective.model.width"),
        (Batch, "optimizer.batch"),
    ];

    // Numbers, and words that the check refuses by name; no YAML.
    private static readonly SearchValues<char> Plain = SearchValues.Create("0123456789+-., eEabcdfghijklmnopqrstuvwxyzABCDFGHIJKLMNOPQRSTUVWXYZ_");

    /// <summary>What may be changed of an experiment, in the order of a form.</summary>
    public static IReadOnlyList<ShapedValue> Of(Experiment experiment) => [.. Present(experiment).Select(p => new ShapedValue(p.Name, Text(p.Value)))];

    /// <summary>The experiment with other values.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="given">What was asked for under a name; null where nothing was.</param>
    /// <exception cref="InputException">A value is not what its key takes.</exception>
    public static Experiment With(Experiment experiment, Func<string, string?> given)
    {
        var overrides = from present in Present(experiment)
                        let text = given(present.Name)
                        where text is not null
                        select $"{present.Key}={(present.Value is JsonArray ? $"[{Checked(present.Name, text)}]" : Checked(present.Name, text))}";
        var shaped = ExperimentFile.With(experiment, [.. overrides]);
        RequireLearningRate(shaped.Optimizer.LearningRate);
        return shaped;
    }

    /// <summary>A learning rate by which a threshold can be computed.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static double RequireLearningRate(double value) => value is >= LeastLearningRate and <= LargestLearningRate
        ? value
        : throw new InputException(
            FormattableString.Invariant($"the learning rate must be a number from {LeastLearningRate} to {LargestLearningRate}, with a decimal point"));

    private static IEnumerable<(string Name, string Key, JsonNode? Value)> Present(Experiment experiment)
    {
        var root = JsonSerializer.SerializeToNode(experiment, SettingsJson.Options)!;
        var examples = root["objective"]!["model"] is not null;
        return from known in Keys
               let value = known.Key.Split('.').Aggregate((JsonNode?)root, (node, key) => node?[key])
               where value is not null || known.Name == Batch && examples
               select (known.Name, known.Key, value);
    }

    private static string Text(JsonNode? value) =>
        value is JsonArray list ? string.Join(", ", list.Select(i => i!.ToJsonString())) : value?.ToJsonString() ?? "";

    private static string Checked(string name, string text) => text.Length <= LongestValue && text.AsSpan().IndexOfAnyExcept(Plain) < 0
        ? text
        : throw new InputException($"{name} must be a number, or numbers with commas between them");
}
