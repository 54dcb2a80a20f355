using System.Text.Json.Nodes;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Configuration;

/// <summary>A place in a settings file.</summary>
/// <param name="Where">The line or the override where it was written.</param>
/// <param name="Path">The path of keys that leads there; empty for the root.</param>
/// <param name="Kind">What the file is called.</param>
internal readonly record struct SourceLocation(string Where, string Path, SettingsKind Kind)
{
    private const int LongestPath = 200;

    /// <summary>The subject of a sentence about this place.</summary>
    public string Subject => Path.Length == 0 ? Kind.This : Excerpt.Of(Path, LongestPath);

    public string PathTo(string key) => Path.Length == 0 ? key : key.StartsWith('[') ? Path + key : $"{Path}.{key}";

    public SettingsException Error(string text) => new($"{Where}: {Subject} {text}");

    public SettingsException Expected(string expected, JsonNode? given) => Error($"must be {expected}, but is {SettingsJson.Shown(given)}");

    public SettingsException Unknown(JsonNode given, IReadOnlyCollection<string> valid) =>
        Error($"{SettingsJson.Shown(given)} is unknown; {NearestName.Advice(given.GetValue<string>(), valid)}");
}
