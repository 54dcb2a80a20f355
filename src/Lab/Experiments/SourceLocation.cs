using System.Text.Json.Nodes;

namespace LossSpikes.Lab.Experiments;

/// <summary>A place in an experiment: where it was written, and the path of keys that leads there.</summary>
internal readonly record struct SourceLocation(string Where, string Path)
{
    /// <summary>The subject of a sentence about this place.</summary>
    public string Subject => Path.Length == 0 ? "the experiment" : Path;

    public string PathTo(string key) => Path.Length == 0 ? key : key.StartsWith('[') ? Path + key : $"{Path}.{key}";

    public ExperimentException Error(string text) => new($"{Where}: {Subject} {text}");

    public ExperimentException Expected(string expected, JsonNode? given) => Error($"must be {expected}, but is {ExperimentJson.Shown(given)}");

    public ExperimentException Unknown(JsonNode given, IReadOnlyCollection<string> valid) =>
        Error($"{ExperimentJson.Shown(given)} is unknown; {NearestName.Advice(given.GetValue<string>(), valid)}");
}
