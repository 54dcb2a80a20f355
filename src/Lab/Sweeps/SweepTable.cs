using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Runs;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Sweeps;

/// <summary>sweep.csv: a row per member with the values of the axes, what came out, and the failure where there was one.</summary>
internal static class SweepTable
{
    private static readonly string[] Columns =
    [
        "outcome", "behaviour", "steps", "initial_loss", "final_loss", "best_loss", "final_accuracy", "final_sharpness", "highest_sharpness", "final_threshold",
        "first_crossing", "mean_sharpness_over_threshold", "crossings_up", "spikes", "highest_rise", "hvps_per_measured_step", "seconds",
    ];

    /// <summary>Writes the table.</summary>
    public static void Write(string path, SweepFolder sweep, IReadOnlyList<MemberStatus> members)
    {
        var text = new StringBuilder();
        Line([.. sweep.Keys, .. Columns, "failure", "folder"]);
        foreach (var (member, state, lastWords) in members)
        {
            var summary = Summary(sweep.RunOf(member));
            Line([.. member.Values, .. Columns.Select(c => summary is null ? "" : Cell(summary, c)), Failure(state, lastWords), member.Name]);
        }

        AtomicFile.WriteText(path, text.ToString());

        void Line(IEnumerable<string> cells) => text.Append(CsvText.Line(cells));
    }

    private static string Failure(MemberState state, string? lastWords) => state switch
    {
        MemberState.Done => "",
        MemberState.Failed => lastWords ?? "failed",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()),
    };

    private static JsonObject? Summary(string run)
    {
        var path = Path.Combine(run, RecordedRun.SummaryFile);
        return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : null;
    }

    private static string Cell(JsonObject summary, string column) => summary[column] switch
    {
        null => "",
        JsonObject counts => counts.Sum(c => (int)c.Value!).ToString(CultureInfo.InvariantCulture),
        var value => value.ToString(),
    };
}
