using System.Globalization;
using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;
using LossSpikes.Tests.Monitors.Detection;

namespace LossSpikes.Tests.Runs;

/// <summary>The files of a run, read without the lab's own readers: text, commas and the definitions.</summary>
public sealed class FinishedRunTests : IClassFixture<FinishedRunTests.FinishedRun>
{
    private readonly FinishedRun _run;

    public FinishedRunTests(FinishedRun run) => _run = run;

    [Fact]
    public void Metrics_have_one_row_per_iterate_and_the_promised_columns()
    {
        var lines = File.ReadAllLines(_run.File("metrics.csv"));

        Assert.Equal(
            "step,loss,accuracy,gradient_norm,sharpness,lambda_2,lambda_3,threshold,learning_rate,"
                + "gradient_dot_v1,gradient_dot_v2,gradient_dot_v3,residual,hvps,seconds",
            lines[0]);
        Assert.Equal(Enumerable.Range(0, 151).Select(i => (double?)i), _run.Column("step"));
        Assert.All(_run.Column("threshold"), t => Assert.Equal(2 / 0.35, t));
    }

    [Fact]
    public void Events_follow_from_the_metrics_by_the_definitions_alone()
    {
        var (loss, sharpness, threshold) = (Numbers("loss"), _run.Column("sharpness"), Numbers("threshold"));
        var definitions = new EventDefinitions(loss, sharpness, threshold, Math.Pow(2, -52));
        var spikes = _run.Events("spike");

        Assert.NotEmpty(spikes);
        Assert.Equal(
            definitions.Crossings().Select(c => (c.Step, c.Direction.ToLowerInvariant())),
            _run.Events("crossing").Select(c => ((int)c["step"]!, (string)c["direction"]!)));
        Assert.Equal(definitions.Spikes().Select(s => s with { Residual = null }), spikes.Select(s => new EventDefinitions.Spike(
            (int)s["onset_step"]!, (int)s["open_step"]!, (int)s["peak_step"]!, (int)s["end_step"]!, (string)s["outcome"]!, (string)s["kind"]!,
            (double)s["rise"]!, (int?)s["first_step_above_threshold"], (double?)s["sharpness_peak"], null)));
    }

    [Fact]
    public void Every_number_of_a_spike_can_be_found_in_the_metrics()
    {
        foreach (var spike in _run.Events("spike"))
        {
            int Step(string name) => (int)spike[name]!;
            double At(string column, int step) => _run.Column(column)[step]!.Value;
            var (onset, peak, end) = (Step("onset_step"), Step("peak_step"), Step("end_step"));

            Assert.Equal(At("loss", onset), (double)spike["onset_loss"]!);
            Assert.Equal(At("loss", peak), (double)spike["peak_loss"]!);
            Assert.Equal(At("threshold", Step("open_step")), (double)spike["threshold"]!);
            Assert.Equal(At("sharpness", onset), (double)spike["sharpness_at_onset"]!);
            Assert.Equal(At("sharpness", Step("sharpness_peak_step")), (double)spike["sharpness_peak"]!);
            Assert.Equal(At("sharpness", end), (double)spike["sharpness_at_end"]!);
            Assert.Equal(At("lambda_2", peak), (double)spike["lambda_2_at_peak"]!);
            Assert.Equal(Numbers("residual")[onset..(end + 1)].Max(), (double)spike["residual_max"]!);
            Assert.Equal(Numbers("hvps")[onset..(end + 1)].Sum(), (double)spike["hvps"]!);
            Assert.Equal("float64", (string?)spike["dtype"]);
            var shares = spike["gradient_share"]!.AsArray();
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(Math.Pow(At($"gradient_dot_v{i + 1}", peak) / At("gradient_norm", peak), 2), (double)shares[i]!, 1e-14);
            }
        }
    }

    [Fact]
    public void The_summary_agrees_with_the_files()
    {
        var summary = JsonNode.Parse(File.ReadAllText(_run.File("summary.json")))!;
        var (sharpness, threshold) = (_run.Column("sharpness"), Numbers("threshold"));
        var first = Enumerable.Range(0, 151).First(t => sharpness[t] > threshold[t]);

        Assert.Equal("completed", (string?)summary["outcome"]);
        Assert.Equal(150, (int)summary["steps"]!);
        Assert.Equal(Numbers("loss").Min(), (double)summary["best_loss"]!);
        Assert.Equal(first, (int)summary["first_crossing"]!);
        Assert.Equal(
            Enumerable.Range(first, 151 - first).Average(t => sharpness[t]!.Value / threshold[t]), (double)summary["mean_sharpness_over_threshold"]!, 1e-12);
        Assert.Equal(_run.Events("spike").Count, summary["spikes"]!.AsObject().Sum(s => (int)s.Value!));
        Assert.Equal(_run.Events("crossing").Count, (int)summary["crossings_up"]! + (int)summary["crossings_down"]!);
        Assert.Equal(Numbers("hvps").Sum(), (double)summary["hvps"]!);
    }

    [Fact]
    public void The_same_experiment_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, LabResult.Run("run", _run.File("config.yaml"), "--out", folder["again"]).ExitCode);

        Assert.Equal(File.ReadAllText(_run.File("events.jsonl")), File.ReadAllText(Path.Combine(folder["again"], "events.jsonl")));
        Assert.Equal(File.ReadAllText(_run.File("config.yaml")), File.ReadAllText(Path.Combine(folder["again"], "config.yaml")));
        Assert.Equal(WithoutSeconds(_run.File("metrics.csv")), WithoutSeconds(Path.Combine(folder["again"], "metrics.csv")));

        static IEnumerable<string> WithoutSeconds(string path) => File.ReadAllLines(path).Select(l => l[..l.LastIndexOf(',')]);
    }

    [Fact]
    public void Figures_are_drawn_and_drawn_again_as_svg()
    {
        Assert.True(new FileInfo(_run.File("figures/run.png")).Length > 10_000);
        var result = LabResult.Run("plot", _run.Folder, "--format", "svg");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("first crossing", File.ReadAllText(_run.File("figures/run.svg")), StringComparison.Ordinal);
    }

    private double[] Numbers(string column) => [.. _run.Column(column).Select(v => v!.Value)];

    public sealed class FinishedRun : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly string[][] _rows;

        public FinishedRun()
        {
            var result = LabResult.Run("run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out", Folder);
            Assert.True(result.ExitCode == 0, result.Diagnostics);
            _rows = [.. System.IO.File.ReadAllLines(File("metrics.csv")).Select(l => l.Split(','))];
        }

        public string Folder => _folder["run"];

        public string File(string name) => Path.Combine(Folder, name);

        public double?[] Column(string name)
        {
            var at = Array.IndexOf(_rows[0], name);
            return [.. _rows[1..].Select(r => r[at].Length == 0 ? (double?)null : double.Parse(r[at], CultureInfo.InvariantCulture))];
        }

        public List<JsonNode> Events(string kind) =>
            [.. System.IO.File.ReadAllLines(File("events.jsonl")).Select(l => JsonNode.Parse(l)!).Where(e => (string?)e["event"] == kind)];

        public void Dispose() => _folder.Dispose();
    }
}
