using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LossSpikes.Lab.Configuration;

/// <summary>Writes JSON nodes as YAML that <see cref="YamlReader"/> reads back to the same nodes: keys in blocks, every value on its key's line.</summary>
internal static partial class YamlWriter
{
    public static void Write(JsonObject mapping, TextWriter writer, string indent = "")
    {
        foreach (var (key, value) in mapping)
        {
            writer.Write($"{indent}{key}:");
            if (value is JsonObject inner)
            {
                writer.Write('\n');
                Write(inner, writer, indent + "  ");
            }
            else
            {
                writer.Write($" {Inline(value)}\n");
            }
        }
    }

    // YAML takes JSON for values as it is; words that can only be text read better without quotes.
    private static string Inline(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray list => $"[{string.Join(", ", list.Select(Inline))}]",
        JsonValue scalar when scalar.TryGetValue(out string? word) && IsPlain(word) => word,
        _ => value.ToJsonString(SettingsJson.Options),
    };

    private static bool IsPlain(string word) => Word().IsMatch(word) && PlainScalar.Read(word)?.GetValueKind() == JsonValueKind.String;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_./-]*\z")]
    private static partial Regex Word();
}
