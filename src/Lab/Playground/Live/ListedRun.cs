using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>A run folder as the list of runs shows it.</summary>
internal sealed record ListedRun
{
    private const int LargestSummary = 1 << 20;

    // What tells one model or data set of a kind from another.
    private static readonly string[] Telling = ["hidden", "channels", "layers", "width", "examples", "degree", "points", "eigenvalues"];

    /// <summary>What it is asked for by.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder, as a full path.</summary>
    public required string Path { get; init; }

    /// <summary>When its summary, or its settings, were written, in UTC; the same as long as this holds.</summary>
    public required DateTime Written { get; init; }

    /// <summary>Its files that can be asked for.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    public double? LearningRate { get; init; }

    public string? Optimizer { get; init; }

    public string? Model { get; init; }

    public string? Data { get; init; }

    public int? Seed { get; init; }

    public int? Steps { get; init; }

    /// <summary>Every setting, as report.html has them.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];

    /// <summary>Why it ended; null where it has not.</summary>
    public string? Outcome { get; init; }

    /// <summary>How many spikes it had; null where it has not ended.</summary>
    public int? Spikes { get; init; }

    public double? FinalLoss { get; init; }

    /// <summary>Why its settings are not there, in a sentence.</summary>
    public string? Problem { get; init; }

    /// <summary>Reads what there is of a run. Cost: two small files.</summary>
    public static ListedRun Read(string name, string folder)
    {
        var seen = new ListedRun { Name = name, Path = folder, Written = StampOf(folder), Files = RunFiles.Of(folder) };
        return WithSummary(WithSettings(seen, folder), folder);
    }

    /// <summary>Whether nothing has been written since.</summary>
    public bool IsNow(string folder) => Written == StampOf(folder) && (Outcome is null || Files.SequenceEqual(RunFiles.Of(folder)));

    private static DateTime StampOf(string folder)
    {
        var summary = System.IO.Path.Combine(folder, RecordedRun.SummaryFile);
        return File.GetLastWriteTimeUtc(File.Exists(summary) ? summary : System.IO.Path.Combine(folder, RecordedRun.ConfigFile));
    }

    private static ListedRun WithSettings(ListedRun seen, string folder)
    {
        try
        {
            var experiment = ExperimentFile.Load(System.IO.Path.Combine(folder, RecordedRun.ConfigFile), []);
            var root = JsonSerializer.SerializeToNode(experiment, SettingsJson.Options)!;
            return seen with
            {
                LearningRate = experiment.Optimizer.LearningRate,
                Optimizer = (string)root["optimizer"]!["kind"]!,
                Model = Brief(root["objective"]!["model"] ?? root["objective"]!),
                Data = root["objective"]!["data"] is { } data ? Brief(data) : null,
                Seed = experiment.Seed,
                Steps = experiment.Steps,
                Settings = [.. SettingsTable.Rows(experiment).Select(r => new Setting(r.Key, r.Value))],
            };
        }
        catch (InputException e)
        {
            return seen with { Problem = e.Message };
        }
    }

    private static ListedRun WithSummary(ListedRun seen, string folder)
    {
        var path = System.IO.Path.Combine(folder, RecordedRun.SummaryFile);
        try
        {
            if (!RunFiles.IsFile(path) || new FileInfo(path).Length > LargestSummary)
            {
                return seen;
            }

            var summary = JsonNode.Parse(RunFile.CompleteLines(path).Span)!;
            return seen with
            {
                Outcome = (string?)summary["outcome"],
                Spikes = summary["spikes"]?.AsObject().Sum(s => (int)s.Value!),
                FinalLoss = (double?)summary["final_loss"],
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or InputException or NullReferenceException)
        {
            return seen with { Problem = $"{path} is no summary of a run" };
        }
    }

    private static string Brief(JsonNode group) => group is not JsonObject keys
        ? group.ToString()
        : string.Join(' ', [
            (string)keys["kind"]!,
            .. keys.Where(k => Telling.Contains(k.Key) && k.Value is not (null or JsonObject)).Select(k => $"{k.Key} {Plain(k.Value!)}"),
        ]);

    private static string Plain(JsonNode value) => value is JsonArray list
        ? string.Join('×', list.Select(i => i!.ToJsonString()).Take(6))
        : value.ToJsonString();
}

/// <summary>A group of keys, and their values in one text.</summary>
internal sealed record Setting(string Key, string Value);
