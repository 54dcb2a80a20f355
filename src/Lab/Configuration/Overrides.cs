using System.Text.Json.Nodes;

namespace LossSpikes.Lab.Configuration;

/// <summary>Overrides of single keys, written <c>key.path=value</c>.</summary>
internal static class Overrides
{
    /// <summary>Sets the value in <paramref name="root"/>, making the groups on the way where they are missing.</summary>
    /// <param name="text">The override.</param>
    /// <param name="root">What it changes.</param>
    /// <param name="locations">Receives where the value was written.</param>
    /// <param name="option">What a person typed before it, for messages.</param>
    /// <exception cref="SettingsException">It is not written that way, or leads through something that has no keys.</exception>
    public static void Apply(string text, JsonObject root, SourceLocations locations, string option = "--set ")
    {
        var where = $"{option}{text}";
        var parts = text.Split('=', 2);
        var keys = parts[0].Split('.');
        if (parts.Length < 2 || keys.Any(string.IsNullOrWhiteSpace))
        {
            throw new SettingsException($"{where}: expected key.path=value, such as {locations.Kind.Override}");
        }

        var holder = root;
        for (var i = 0; i < keys.Length - 1; i++)
        {
            holder = holder[keys[i]] switch
            {
                null => Set(holder, keys[i], new JsonObject()),
                JsonObject group => group,
                _ => throw new SettingsException($"{where}: {string.Join('.', keys[..(i + 1)])} has no keys; set it as a whole"),
            };
        }

        Set(holder, keys[^1], Value(parts[1].Trim(), where, locations));

        T Set<T>(JsonObject holder, string key, T value) where T : JsonNode?
        {
            holder[key] = value;
            locations.Note(holder, key, where);
            return value;
        }
    }

    // Lists, groups and quotes are YAML; anything else is one plain word, whatever characters it has.
    private static JsonNode? Value(string text, string where, SourceLocations locations) =>
        text.StartsWith('[') || text.StartsWith('{') || text.StartsWith('"') || text.StartsWith('\'')
            ? YamlReader.Read(text, _ => where, locations)
            : PlainScalar.Read(text);
}
