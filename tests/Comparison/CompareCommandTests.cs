using System.Globalization;
using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Comparison;

/// <summary>lab compare: its table recomputed from the files of the runs.</summary>
public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_table_follows_from_the_files_of_the_runs()
    {
        var network = Run("network", _folder.Write("small.yaml", SmallExperiment.Yaml));
        var toy = Run("toy", Repository.File("experiments/power-law.yaml"), "--set", "optimizer.learning_rate=80", "--set", "steps=600");
        var result = LabResult.Run("compare", network, toy, "--out", _folder["comparison"], "--json");
        var rows = JsonNode.Parse(result.Output)!.AsArray();

        Assert.Equal(0, result.ExitCode);
        Assert.True(new FileInfo(Path.Combine(_folder["comparison"], "comparison.png")).Length > 10_000);
        Assert.Equal(3, File.ReadAllLines(Path.Combine(_folder["comparison"], "comparison.csv")).Length);
        Assert.Equal(result.Output, File.ReadAllText(Path.Combine(_folder["comparison"], "comparison.json")));
        foreach (var (row, run) in rows.Zip((string[])[network, toy]))
        {
            var events = File.ReadAllLines(Path.Combine(run, "events.jsonl")).Select(l => JsonNode.Parse(l)!);
            var spikes = events.Where(e => (string?)e["event"] == "spike").ToList();
            Assert.Equal(spikes.Count, (int)row!["spikes"]!);
            AssertMedian(row["median_rise"], spikes.Select(s => (double)s["rise"]!));
            AssertMedian(row["median_duration"], spikes.Select(s => (double)s["end_step"]! - (double)s["open_step"]!));
            AssertMedian(row["median_interval"], spikes.Zip(spikes.Skip(1), (a, b) => (double)b["peak_step"]! - (double)a["peak_step"]!));
            AssertMedian(row["median_gradient_share"], spikes.Select(s => (double)s["gradient_share"]![0]!));
            AssertMedian(
                row["median_sharpness_fall"], spikes.Select(s => ((double)s["sharpness_peak"]! - (double)s["sharpness_at_end"]!) / (double)s["threshold"]!));

            var summary = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "summary.json")))!;
            Assert.Equal((double)summary["mean_sharpness_over_threshold"]!, (double)row["mean_sharpness_over_threshold"]!, 1e-12);
            Assert.Equal((long)summary["first_crossing"]!, (long)row["first_crossing"]!);
        }
    }

    [Fact]
    public void A_missing_run_folder_is_refused_in_one_sentence()
    {
        var result = LabResult.Run("compare", _folder["a"], _folder["b"], "--out", _folder["comparison"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("no such run folder", Assert.Single(result.Diagnostics.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(1, LabResult.Run("compare", _folder["a"]).ExitCode);
    }

    [Fact]
    public void Runs_with_the_same_name_are_called_by_their_folders_and_share_a_unit_of_time()
    {
        var runs = ((string[])["0.2", "0.4"]).Select(
            eta => Run(eta, Repository.File("experiments/quadratic.yaml"), "--set", $"optimizer.learning_rate={eta}")).ToArray();
        var result = LabResult.Run(["compare", .. runs, "--out", _folder["comparison"], "--format", "svg", "--json"]);

        Assert.Equal(runs, JsonNode.Parse(result.Output)!.AsArray().Select(r => (string?)r!["run"]));
        Assert.DoesNotContain("units of the run", Svg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_different_scales_have_their_own_units_of_time()
    {
        var runs = ((string[])["0.01", "0.4"]).Select(
            eta => Run(eta, Repository.File("experiments/quadratic.yaml"), "--set", $"optimizer.learning_rate={eta}")).ToArray();

        Assert.Equal(0, LabResult.Run(["compare", .. runs, "--out", _folder["comparison"], "--format", "svg"]).ExitCode);
        Assert.Contains("units of the run", Svg(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_rows_is_refused_in_one_sentence()
    {
        var run = Run("a", Repository.File("experiments/quadratic.yaml"));
        var metrics = Path.Combine(run, "metrics.csv");
        File.WriteAllLines(metrics, File.ReadLines(metrics).Take(1).ToList());
        var result = LabResult.Run("compare", run, run, "--out", _folder["comparison"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"{metrics}: there is no row of measurements to compare\n", result.Diagnostics);
    }

    private static void AssertMedian(JsonNode? actual, IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var expected = sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
        Assert.Equal(expected.ToString("G12", CultureInfo.InvariantCulture), ((double)actual!).ToString("G12", CultureInfo.InvariantCulture));
    }

    private string Svg() => File.ReadAllText(Path.Combine(_folder["comparison"], "comparison.svg"));

    private string Run(string name, string file, params string[] more)
    {
        var result = LabResult.Run(["run", file, "--out", _folder[name], .. more]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[name];
    }
}
