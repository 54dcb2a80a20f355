using System.Text.Json.Nodes;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Replays;

/// <summary>Counterfactual runs of a second each: exact where nothing changes, closed forms where something does.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{ kind: gd, learning_rate: 0.35 }", 4)]
    [InlineData("{ kind: gd, learning_rate: 0.35 }", 4, true)]
    [InlineData("{ kind: gd, learning_rate: 0.35, schedule: { kind: cosine, steps: 1000, final: 0.3 } }", 2)]
    [InlineData("{ kind: momentum, learning_rate: 0.1, beta: 0.9, nesterov: true }", 1)]
    [InlineData("{ kind: adam, learning_rate: 0.05, weight_decay: 0.001 }", 2)]
    [InlineData("{ kind: adamw, learning_rate: 0.05, weight_decay: 0.01, clip: 0.3 }", 1)]
    [Trait("Speed", "Slow")]
    public void Without_a_change_the_branch_is_its_source_byte_for_byte(string optimizer, int spike, bool explain = false)
    {
        var run = Run(
            "run", "--set", $"optimizer={optimizer}", "--set", "checkpoint.every=10", "--set", explain ? "monitor.explain=true" : "monitor.explain=false");
        var report = Replay(run, spike, "learning_rate*1");
        var second = Rows(_folder["second"]);
        var onset = (int)RecordedRun.Open(run).Events.OfType<SpikeEvent>().Single(s => s.Id == spike).OnsetStep;

        Assert.Equal(onset / 10 * 10, (int)report["checkpoint"]!);
        Assert.Equal(Rows(run).Skip(onset / 10 * 10).Take(second.Count), second);
        Assert.Equal(Events(run, onset / 10 * 10, onset / 10 * 10 + second.Count - 1), Events(_folder["second"], 0, int.MaxValue));
        Assert.Equal(report["was"]!.ToJsonString(), report["would_have_been"]!.ToJsonString());
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_experiment_of_a_changed_learning_rate_repeats_the_branch_from_the_start()
    {
        var report = Replay(Run("run", "--set", "checkpoint.every=10"), 4, "learning_rate*0.9");
        Assert.Equal(0, LabResult.Run("run", Path.Combine(_folder["second"], "config.yaml"), "--out", _folder["again"]).ExitCode);

        Assert.Equal(Rows(_folder["again"]).Skip((int)report["checkpoint"]!), Rows(_folder["second"]));
        Assert.NotEqual(Rows(_folder["run"])[100], Rows(_folder["again"])[100]);
    }

    [Theory]
    [InlineData("{ kind: gd, learning_rate: 0.1 }", 21.0, 0.0)]
    [InlineData("{ kind: momentum, learning_rate: 0.1, beta: 0.5 }", 31.0, 0.5)]
    public void Without_its_unstable_component_a_quadratic_descends_along_the_stable_one_alone(string optimizer, double unstable, double beta)
    {
        var run = Run("run", "--set", Quadratic(unstable, 30), "--set", $"optimizer={optimizer}");
        Replay(run, 1, "remove-unstable-component", "--at", "10", "--steps", "40");
        var loss = RecordedRun.Open(_folder["second"]).Metrics.Loss;

        var (along, memory) = (1.7 * Math.Cos(Math.PI / 6) - 3 * Math.Sin(Math.PI / 6), 0.0);
        for (var t = 0; t <= 40; t++)
        {
            var expected = along * along / 2; // the other eigenvalue is 1
            Assert.True(t < 10 ? loss[t] > 1e4 * expected : Math.Abs(loss[t] - expected) < 1e-5 * expected, $"step {t}: {loss[t]} against {expected}");
            memory = beta * memory + along;
            along -= 0.1 * memory;
        }
    }

    [Fact]
    public void A_perturbation_is_one_rounding_of_each_parameter_and_the_same_for_the_same_seed()
    {
        var run = Run("run", "--set", Quadratic(21, 0), "--set", "optimizer.learning_rate=0.1");
        Replay(run, 1, "perturb=7");
        Replay(run, 1, "perturb=7", "--out", _folder["again"]);
        var components = RecordedRun.Open(_folder["second"]).Metrics.GradientDots;

        Assert.Equal(Rows(_folder["second"]), Rows(_folder["again"]));
        Assert.InRange(Math.Abs(Math.Abs(components[0][0]) / (21 * 3) - 1), 1e-16, 5e-16);
        Assert.InRange(Math.Abs(Math.Abs(components[1][0]) / 1.7 - 1), 1e-16, 5e-16);
    }

    [Fact]
    public void Half_the_learning_rate_keeps_a_quadratic_from_diverging()
    {
        var run = Run("run", "--set", Quadratic(21, 30), "--set", "optimizer.learning_rate=0.1");
        var report = Replay(run, 1, "learning_rate*0.5");

        Assert.Equal(("diverged", null), ((string?)report["was"]!["outcome"], (string?)report["would_have_been"]!["outcome"]));
        Assert.Equal(1.05, (double)report["was"]!["highest_sharpness_over_threshold"]!, 1e-9);
        Assert.Equal(0.525, (double)report["would_have_been"]!["highest_sharpness_over_threshold"]!, 1e-9);
    }

    [Fact]
    public void A_replay_is_a_run_folder_and_names_its_source()
    {
        var run = Run("run", "--set", "checkpoint.every=10");
        var result = LabResult.Run("replay", run, "--spike", "4", "--change", "dtype", "float32", "--out", _folder["second"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"spike 4 +│ was +│ would have been \(dtype float32 at", result.Output);
        Assert.All(
            (string[])["config.yaml", "environment.json", "summary.json", "figures/replay.png", "figures/run.png"],
            f => Assert.True(File.Exists(Path.Combine(_folder["second"], f)), f));
        Assert.Equal(run, (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["second"], "replay.json")))!["run"]);
        Assert.Contains("dtype: float32", File.ReadAllText(Path.Combine(_folder["second"], "config.yaml")), StringComparison.Ordinal);
        Assert.Equal(0, LabResult.Run("plot", _folder["second"]).ExitCode);
    }

    [Fact]
    public void Only_the_first_and_the_last_spikes_keep_their_checkpoint()
    {
        var run = Run("run", "--set", "checkpoint={ every: 10, spikes: 1 }");

        Assert.Equal(["spike-1", "spike-5"], Directory.GetFiles(Path.Combine(run, "checkpoints"), "spike-*").Select(Path.GetFileNameWithoutExtension).Order());
        Assert.Equal(
            $"spike 3 of {run} kept no checkpoint before it; spikes 1, 5 did (checkpoint.spikes sets how many do)",
            Refusal(run, "--spike", "3", "--change", "perturb"));
    }

    [Theory]
    [InlineData("--spike 7 --change perturb", "has no spike 7: it has spikes 1–5")]
    [InlineData("--spike 4 --change perturbb", "--change perturbb: did you mean perturb?")]
    [InlineData(
        "--spike 4 --change momentum*2", "it is one of: learning_rate*FACTOR, remove-unstable-component, dtype float32|float64, perturb or perturb=SEED")]
    [InlineData("--spike 4 --change learning_rate*-1", "expected a factor greater than 0, such as learning_rate*0.5")]
    [InlineData("--spike 4 --change learning_rate=0.1", "expected a factor greater than 0, such as learning_rate*0.5")]
    [InlineData("--spike 4 --change dtype=float16", "expected dtype float32 or dtype float64")]
    [InlineData("--spike 4 --change dtype float64", "works in float64 already")]
    [InlineData("--spike 4 --change dtype float32 --at 85", "acts at the checkpoint, step 80, and nowhere else")]
    [InlineData("--spike 4 --change perturb --at 3", "spike 4 can be changed from step 80 on")]
    [InlineData("--spike 4 --change perturb --steps 80", "no later than the change at step 80")]
    [Trait("Speed", "Slow")]
    public void An_impossible_replay_is_refused_in_one_sentence(string arguments, string helps) =>
        Assert.Contains(helps, Refusal([Run("run", "--set", "checkpoint.every=10"), .. arguments.Split(' ')]), StringComparison.Ordinal);

    [Fact]
    public void A_missing_unfinished_or_changed_run_is_refused_in_one_sentence()
    {
        string[] rest = ["--spike", "4", "--change", "perturb"];
        Assert.EndsWith("there is no such folder", Refusal([_folder["nowhere"], .. rest]), StringComparison.Ordinal);
        Assert.EndsWith("there is no config.yaml in it", Refusal([_folder.Root, .. rest]), StringComparison.Ordinal);

        var run = Run("run", "--set", "checkpoint.every=10");
        Edited("config.yaml", text => text.Replace("learning_rate: 0.35", "learning_rate: 0.3", StringComparison.Ordinal), "config.yaml gives the threshold");
        Edited("config.yaml", text => text.Replace("examples: 60", "examples: 50", StringComparison.Ordinal), "config.yaml gives the loss");
        Edited("config.yaml", text => text.Replace("hidden: [4]", "hidden: [5]", StringComparison.Ordinal), "the checkpoint holds another number");
        Edited("metrics.csv", text => string.Concat(text.Split('\n').Take(50).Select(l => l + "\n")), "metrics.csv has no row for step 80");
        Edited("checkpoints/spike-4.safetensors", text => text + " ", "cannot be used");
        File.Delete(Path.Combine(run, "summary.json"));
        Assert.Contains("is not finished", Refusal([run, .. rest]), StringComparison.Ordinal);

        void Edited(string file, Func<string, string> edit, string helps)
        {
            var path = Path.Combine(run, file);
            var (before, text) = (File.ReadAllBytes(path), File.ReadAllText(path));
            Assert.NotEqual(text, edit(text));
            File.WriteAllText(path, edit(text));
            Assert.Contains(helps, Refusal([run, .. rest]), StringComparison.Ordinal);
            File.WriteAllBytes(path, before);
        }
    }

    private static string Quadratic(double unstable, int degrees) =>
        FormattableString.Invariant($"objective={{ kind: quadratic, eigenvalues: [{unstable}, 1], rotation_degrees: {degrees}, start: [3.0, 1.7] }}");

    private static List<string> Rows(string run) => [.. File.ReadLines(Path.Combine(run, "metrics.csv")).Skip(1).Select(l => l[..l.LastIndexOf(',')])];

    private static List<string> Events(string run, int from, int to) =>
        [.. File.ReadLines(Path.Combine(run, "events.jsonl")).Where(
            l => !l.Contains("unfinished", StringComparison.Ordinal) && (int)JsonNode.Parse(l)!["step"]! is var step && step >= from && step <= to)];

    private string Refusal(params string[] arguments)
    {
        var result = LabResult.Run(["replay", .. arguments, "--out", _folder["refused"]]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.False(Directory.Exists(_folder["refused"]), "nothing half-written is left");
        return Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n'));
    }

    private JsonNode Replay(string run, int spike, string change, params string[] more)
    {
        string[] output = more.Contains("--out") ? [] : ["--out", _folder["second"]];
        var result = LabResult.Run(["replay", run, "--spike", $"{spike}", "--change", change, "--json", .. output, .. more]);
        Assert.True(result.ExitCode is 0 or 3, result.Diagnostics);
        return JsonNode.Parse(result.Output)!;
    }

    /// <summary>A run that has spikes; it may diverge.</summary>
    private string Run(string name, params string[] more)
    {
        var result = LabResult.Run(["run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out", _folder[name], .. more]);
        Assert.True(result.ExitCode is 0 or 3, result.Diagnostics);
        return _folder[name];
    }
}
