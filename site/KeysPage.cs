using System.Text;
using System.Text.Json.Nodes;

namespace LossSpikes.Site;

/// <summary>The reference of the keys of an experiment file, from its JSON schema: a table for each object, or for each kind of it.</summary>
internal sealed class KeysPage
{
    private readonly StringBuilder _page = new("""
        # Keys of an experiment file

        `lab schema` prints all of this as a JSON schema, with which editors complete and check experiment files. Keys that are not *required* may be left
        out.


        """);

    /// <summary>The objects that stand on the page already, by their kinds and keys: optimizers have the same schedules, for example.</summary>
    private readonly Dictionary<string, string> _sections = [];

    /// <summary>The page as Markdown.</summary>
    public static string Of(string schema)
    {
        var page = new KeysPage();
        page.Append("", "Experiment", JsonNode.Parse(schema)!.AsObject());
        return page._page.ToString();
    }

    private void Append(string path, string title, JsonObject schema)
    {
        _page.Append($"## {title}\n\n");
        if ((string?)schema["description"] is { } description)
        {
            _page.Append($"{Escape(description)}\n\n");
        }

        List<Action> below = [];
        if (schema["anyOf"] is not JsonArray)
        {
            AppendTable(path, schema, below);
        }

        foreach (var (name, kind) in Kinds(schema))
        {
            _page.Append($"### {title}: {name}\n\n{Escape((string?)kind["description"] ?? "")}\n\n");
            AppendTable(path, kind, below);
        }

        below.ForEach(append => append());
    }

    private void AppendTable(string path, JsonObject schema, List<Action> below)
    {
        var required = schema["required"]?.AsArray().Select(r => (string)r!).ToHashSet() ?? [];
        var rows = schema["properties"]!.AsObject().Where(p => p.Key != "kind").Select(p => (p.Key, Schema: p.Value!.AsObject())).ToList();
        if (rows.Count == 0)
        {
            _page.Append("It has no further keys.\n\n");
            return;
        }

        _page.Append("| Key | Values | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var (key, row) in rows)
        {
            var full = path.Length == 0 ? key : $"{path}.{key}";
            var standard = row["default"] is { } value ? $"`{value.ToJsonString().Trim('"')}`" : required.Contains(key) ? "required" : "–";
            _page.Append($"| `{key}` | {Values(full, row, below)} | {standard} | {Escape((string?)row["description"] ?? "")} |\n");
        }

        _page.Append('\n');
    }

    /// <summary>What a key may be. An object is a section, which is added to those that follow unless it is there already.</summary>
    private string Values(string path, JsonObject schema, List<Action> below)
    {
        if (schema["properties"] is null && schema["anyOf"] is null)
        {
            return schema["$ref"] is not null ? "as above" : Plain(schema, () => schema["items"] is JsonObject items ? Values(path, items, below) : null);
        }

        var signature = schema["anyOf"] is null ? path : string.Join(' ', Kinds(schema).Select(k => $"{k.Name} {Keys(k.Schema)}"));
        if (!_sections.TryGetValue(signature, out var section))
        {
            section = path;
            _sections.Add(signature, section);
            below.Add(() => Append(path, path, schema));
        }

        return $"[{section}](#{section.ToLowerInvariant().Replace(".", "", StringComparison.Ordinal)})";
    }

    private static IEnumerable<(string Name, JsonObject Schema)> Kinds(JsonObject schema) =>
        (schema["anyOf"]?.AsArray() ?? []).OfType<JsonObject>()
        .Where(k => k["properties"] is not null)
        .Select(k => ((string)k["properties"]!["kind"]!["const"]!, k));

    private static string Keys(JsonObject schema) => string.Join(' ', schema["properties"]!.AsObject().Select(p => p.Key));

    private static string Plain(JsonObject schema, Func<string?> items)
    {
        if (schema["enum"] is JsonArray values)
        {
            return string.Join(", ", values.Select(v => v is null ? "*empty*" : $"`{v}`"));
        }

        var types = schema["type"] is JsonArray several ? several.Select(t => (string)t!) : [(string)schema["type"]!];
        var names = types.Select(t => t switch
        {
            "null" => "*empty*",
            "boolean" => "`true`, `false`",
            "array" => $"list of {items()}",
            "string" => (string?)schema["pattern"] is "^auto$" ? "`auto`" : "text",
            "integer" => $"whole number{Range(schema)}",
            _ => $"{t}{Range(schema)}",
        });
        return string.Join(", ", names);
    }

    private static string Range(JsonObject schema)
    {
        List<string> limits = [];
        foreach (var (key, sign) in new[] { ("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<") })
        {
            if (schema[key] is { } limit)
            {
                limits.Add($"{sign} {limit}");
            }
        }

        return limits.Count == 0 ? "" : $" {string.Join(", ", limits)}";
    }

    private static string Escape(string text) => text.Replace("|", @"\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
