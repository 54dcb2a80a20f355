using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Reports;

/// <summary>The page of a run, and the scores in its summary, against the run's own files.</summary>
public sealed partial class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_explained_run_has_a_page_with_every_spike_and_a_summary_with_its_scores()
    {
        var run = Run("power-law.yaml", "optimizer.learning_rate=70", "steps=500", "monitor.explain=true");
        var events = File.ReadLines(Path.Combine(run, "events.jsonl")).Select(l => JsonNode.Parse(l)!).ToList();
        var spikes = events.Where(e => (string)e["event"]! == "spike").ToList();
        var page = File.ReadAllText(Path.Combine(run, "report.html"));

        Assert.NotEmpty(spikes);
        Assert.All(spikes, s => Assert.Contains($">Spike {s["id"]}</h2>", page, StringComparison.Ordinal));
        Assert.All(spikes, s => Assert.True(new FileInfo(Path.Combine(run, "figures", $"spike-{s["id"]}.png")).Length > 5_000));
        Assert.Equal(2 + spikes.Count, Pictures().Count(page));
        AssertSelfContained(page);
        foreach (var (key, value) in ((string, string)[])
            [("optimizer", "kind: gd, learning_rate: 70"), ("objective", "kind: power_law"), ("dtype", "float64"), ("seed", "0")])
        {
            Assert.Contains($"<th scope=\"row\">{key}</th><td>{value}", page, StringComparison.Ordinal);
        }

        var sections = Regex.Matches(page, "<h2 id=\"(.*?)\">").Select(m => m.Groups[1].Value);
        Assert.Equal(sections, Regex.Matches(page, "<a href=\"#(.*?)\">").Select(m => m.Groups[1].Value));
        Assert.All(Regex.Matches(page, "alt=\"(.*?)\"").Cast<Match>(), alt => Assert.InRange(alt.Groups[1].Length, 60, 2000));

        var errors = events.Where(
            e =>
                (string)e["event"]! == "forecast_scored" && (string)e["kind"]! == "crossing" && e["error_steps"] is not null).Select(e =>
                    Math.Abs((double)e["error_steps"]!)).ToList();
        var scored = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "summary.json")))!;
        Assert.Equal(errors.Average(), (double)scored["forecasts"]!["crossings"]!["error_steps"]!["mean_absolute"]!, 1e-9);

        // The run ends between two forecasts of a crossing and the crossing.
        Assert.Equal(2, events.Count(e => (string?)e["withdrawn"] == "the run ended"));
        Assert.Equal((2, 0), ((int)scored["forecasts"]!["crossings"]!["withdrawn"]!, (int)scored["forecasts"]!["crossings"]!["missed"]!));
        Assert.Equal(2, Regex.Count(page, "withdrawn: the run ended"));
        Assert.Equal(
            spikes.GroupBy(s => (string)s["mechanism"]!).ToDictionary(g => g.Key, g => g.Count()),
            scored["mechanisms"]!.AsObject().Where(m => (int)m.Value! > 0).ToDictionary(m => m.Key, m => (int)m.Value!));
    }

    [Fact]
    public void A_run_without_explanations_or_spikes_has_a_page_too_and_its_name_is_escaped()
    {
        var run = Run("quadratic.yaml", "steps=5");
        var config = Path.Combine(run, "config.yaml");
        File.WriteAllText(config, File.ReadAllText(config).Replace("name: quadratic", "name: '<script>alert(1)</script> & co'", StringComparison.Ordinal));
        Assert.Equal(0, LabResult.Run("plot", run).ExitCode);
        var page = File.ReadAllText(Path.Combine(run, "report.html"));

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; co", page, StringComparison.Ordinal);
        AssertSelfContained(page);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_planted_bad_batch_is_found_and_the_page_names_its_examples()
    {
        var run = Run("transformer-bad-batch.yaml", "objective.model.layers=1", "objective.model.width=16", "monitor.every=130", "monitor.probe=16");
        var spikes = File.ReadLines(Path.Combine(run, "events.jsonl")).Select(l => JsonNode.Parse(l)!).Where(e => (string)e["event"]! == "spike");

        var spike = Assert.Single(spikes);
        Assert.Equal((230, "bad_batch"), ((int)spike["open_step"]!, (string)spike["mechanism"]!));
        Assert.Equal(Enumerable.Range(230 * 8, 8), spike["batch"]!["examples"]!.AsArray().Select(e => (int)e!));
        Assert.Contains("look at its examples (1840, 1841, 1842 and 5 more)", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_truncated_before_its_spike_or_without_a_row_has_a_page_too()
    {
        var run = Run("power-law.yaml", "optimizer.learning_rate=70", "steps=330", "monitor.explain=true");
        var metrics = Path.Combine(run, "metrics.csv");
        var lines = File.ReadAllLines(metrics);
        Assert.Contains("\"spike\"", File.ReadAllText(Path.Combine(run, "events.jsonl")), StringComparison.Ordinal);

        File.WriteAllLines(metrics, lines.Take(50));
        Assert.Equal(0, LabResult.Run("plot", run).ExitCode);
        Assert.Contains("none of its steps", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);

        File.WriteAllLines(metrics, lines.Take(1));
        Assert.Equal(0, LabResult.Run("plot", run).ExitCode);
        Assert.Contains("Nothing has been measured", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_without_some_of_its_columns_has_a_page_too()
    {
        var run = Run("power-law.yaml", "optimizer.learning_rate=70", "steps=330", "monitor.explain=true");
        var metrics = Path.Combine(run, "metrics.csv");
        var lines = File.ReadAllLines(metrics);
        foreach (var name in (string[])["burst_rank", "guard_1", "lambda_2", "gradient_dot_v1", "alpha"])
        {
            File.WriteAllLines(metrics, [lines[0].Replace($",{name},", $",{name}_of_old,", StringComparison.Ordinal), .. lines[1..]]);

            var result = LabResult.Run("plot", run);

            Assert.True(result.ExitCode == 0, $"{name}: {result.Diagnostics}");
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_forecast_along_a_guard_is_drawn_with_the_guard()
    {
        // One eigenvalue reported: the second and third tracked mode are guards. The forecast is moved to the second.
        var run = Run("chebyshev.yaml", "steps=1260", "monitor.explain=true", "monitor.every=auto", "monitor.eigenvalues=1");
        var events = Path.Combine(run, "events.jsonl");
        var text = File.ReadAllText(events);
        Assert.Contains("\"rank\":1,\"mode\":1", text, StringComparison.Ordinal);
        File.WriteAllText(events, text.Replace("\"rank\":1,\"mode\":1", "\"rank\":2,\"mode\":2", StringComparison.Ordinal));

        Assert.Equal(0, LabResult.Run("plot", run).ExitCode);
    }

    private static void AssertSelfContained(string page)
    {
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"(src|href)\s*=\s*""(?!data:|#)", page);
        Assert.DoesNotMatch(@"url\(|@import|https?://", page);
        Assert.Equal(Regex.Count(page, "<table>"), Regex.Count(page, "</table>"));
    }

    [GeneratedRegex("<img alt=\"[^\"]+\" src=\"data:image/png;base64,")]
    private static partial Regex Pictures();

    private string Run(string experiment, params string[] settings)
    {
        var result = LabResult.Run(
            ["run", Repository.File($"experiments/{experiment}"), "--out", _folder["run"], .. settings.SelectMany(s => (string[])["--set", s])]);
        Assert.True(result.ExitCode is 0 or 3, result.Diagnostics);
        return _folder["run"];
    }
}
