using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Pages;

namespace LossSpikes.Lab.Reports;

/// <summary>The settings of a run as a table, as its config.yaml has them.</summary>
internal static class SettingsTable
{
    private static readonly string[] Shown = ["objective", "optimizer", "dtype", "device", "seed", "steps"];

    /// <summary>The table.</summary>
    public static PageTable Of(Experiment experiment) => new(["Setting", "Value"], [.. Rows(experiment).Select(Row)])
    {
        Caption = "From config.yaml; lab run config.yaml repeats the run",
    };

    /// <summary>Its rows: a group of keys, and their values in one text.</summary>
    public static IEnumerable<(string Key, string Value)> Rows(Experiment experiment)
    {
        var settings = JsonSerializer.SerializeToNode(experiment with { Dtype = experiment.Precision }, SettingsJson.Options)!.AsObject();
        return Shown.SelectMany(key => Rows(key, settings[key]));
    }

    /// <summary>A row for each group of keys; keys without a value are left out.</summary>
    private static IEnumerable<(string Key, string Value)> Rows(string key, JsonNode? node)
    {
        if (node is not JsonObject group)
        {
            return node is null ? [] : [(key, Plain(node))];
        }

        var groups = group.Where(k => k.Value is JsonObject).ToList();
        var values = group.Where(k => k.Value is not (null or JsonObject or JsonArray { Count: 0 }));
        return [(key, string.Join(", ", values.Select(v => $"{v.Key}: {Plain(v.Value!)}"))), .. groups.SelectMany(g => Rows($"{key}.{g.Key}", g.Value))];
    }

    private static string Plain(JsonNode node) => node is JsonArray list
        ? $"[{string.Join(", ", list.Select(i => i is null ? "" : Plain(i)))}]"
        : node is JsonObject group ? $"{{ {string.Join(", ", group.Select(k => $"{k.Key}: {(k.Value is null ? "" : Plain(k.Value))}"))} }}"
        : node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString();

    private static IReadOnlyList<PageCell> Row((string Key, string Value) row) => [new PageCell(row.Key) { Heads = true }, row.Value];
}
