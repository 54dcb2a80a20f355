using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace LossSpikes.Lab.Configuration;

/// <summary>
/// Checks a tree against the records and their attributes before it is deserialized, since the serializer's own errors name neither
/// line nor expectation; and makes the paths in it absolute.
/// </summary>
/// <param name="locations">Where the values were written.</param>
/// <param name="folder">What relative paths count from.</param>
internal sealed class SettingsCheck(SourceLocations locations, string folder)
{
    /// <summary>Checks a whole file.</summary>
    /// <param name="root">Its content.</param>
    /// <param name="type">The record that it describes.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <exception cref="SettingsException">The first thing that is wrong.</exception>
    public void Check(JsonObject root, Type type, string file) =>
        CheckKeys(root, SettingsJson.Options.GetTypeInfo(type), new SourceLocation(file, "", locations.Kind));

    private void CheckKeys(JsonObject node, JsonTypeInfo type, SourceLocation place)
    {
        var discriminator = type.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        if (discriminator is not null)
        {
            type = SettingsJson.Options.GetTypeInfo(Kind(node, type.PolymorphismOptions!, place));
        }

        var keys = type.Keys().ToDictionary(key => key.Name);
        string[] valid = discriminator is null ? [.. keys.Keys] : [discriminator, .. keys.Keys];
        foreach (var (name, _) in node)
        {
            if (!valid.Contains(name))
            {
                throw At(node, name, place).Error($"is not a key of {place.Subject}; {NearestName.Advice(name, valid, "its keys are")}");
            }
        }

        foreach (var (name, key) in keys)
        {
            var given = node.TryGetPropertyValue(name, out var value);
            if (!given && key.IsRequired)
            {
                throw place.Error($"needs the key {name}");
            }

            if (given && !(value is null && key.IsSetNullable))
            {
                CheckValue(value, SettingsJson.Options.GetTypeInfo(key.PropertyType), key, At(node, name, place));
            }
        }
    }

    /// <summary>The record that the kind of <paramref name="node"/> stands for.</summary>
    private Type Kind(JsonObject node, JsonPolymorphismOptions family, SourceLocation place)
    {
        var kinds = family.DerivedTypes.ToDictionary(kind => (string)kind.TypeDiscriminator!, kind => kind.DerivedType);
        var list = $"one of: {string.Join(", ", kinds.Keys)}";
        if (!node.TryGetPropertyValue(family.TypeDiscriminatorPropertyName, out var given))
        {
            throw place.Error($"needs the key {family.TypeDiscriminatorPropertyName}, {list}");
        }

        place = At(node, family.TypeDiscriminatorPropertyName, place);
        return given?.GetValueKind() == JsonValueKind.String
            ? kinds.GetValueOrDefault(given.GetValue<string>()) ?? throw place.Unknown(given, kinds.Keys)
            : throw place.Expected(list, given);
    }

    private void CheckValue(JsonNode? value, JsonTypeInfo type, JsonPropertyInfo key, SourceLocation place)
    {
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            CheckKeys(value as JsonObject ?? throw place.Expected("a group of keys", value), type, place);
        }
        else if (type.Kind == JsonTypeInfoKind.Enumerable)
        {
            var list = value as JsonArray ?? throw place.Expected("a list such as [1, 2]", value);
            var itemType = SettingsJson.Options.GetTypeInfo(type.ElementType!);
            for (var i = 0; i < list.Count; i++)
            {
                CheckValue(list[i], itemType, key, At(list, $"[{i}]", place));
            }
        }
        else if (type.Kind == JsonTypeInfoKind.Dictionary)
        {
            CheckSteps(value as JsonObject ?? throw place.Expected("values by step such as { 500: 0.05 }", value), type, key, place);
        }
        else
        {
            ScalarCheck.Check(value, type.Type, key, place);
            if (key.Rules().OfType<FilePathAttribute>().FirstOrDefault() is { } rule && value!.GetValue<string>() is var path && path != rule.BuiltIn)
            {
                value.ReplaceWith(Path.GetFullPath(path, folder));
            }
        }
    }

    private void CheckSteps(JsonObject values, JsonTypeInfo type, JsonPropertyInfo key, SourceLocation place)
    {
        var itemType = SettingsJson.Options.GetTypeInfo(type.ElementType!);
        foreach (var (step, value) in values)
        {
            // The key must be spelled as JSON spells whole numbers, so that no two keys mean the same step.
            if (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Limits.MaxSteps || $"{number}" != step)
            {
                throw At(values, step, place).Error($"is not a step; the keys of {place.Subject} are whole numbers from 0 to {Limits.MaxSteps}");
            }

            CheckValue(value, itemType, key, At(values, step, place));
        }
    }

    private SourceLocation At(JsonNode holder, string key, SourceLocation place) =>
        place with { Where = locations.Find(holder, key, place.Where), Path = place.PathTo(key) };
}
