using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Checkpoints;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Commands;

/// <summary>Runs that are interrupted and resumed: their files must be those of a run that never stopped.</summary>
public sealed class ResumeTests : IDisposable
{
    private const string Steps = "300";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void Twenty_kills_at_random_moments_change_no_byte()
    {
        var whole = Run("whole", "--set", $"steps={Steps}", "--set", "checkpoint.every=5");
        var broken = _folder["broken"];
        var random = new Random(1);
        for (var kill = 0; kill < 20; kill++)
        {
            // The first call begins the run; from its first checkpoint on it can be killed at any moment.
            string[] arguments = kill == 0
                ? ["run", _folder["small.yaml"], "--set", $"steps={Steps}", "--set", "checkpoint.every=5", "--out", broken]
                : ["resume", broken];
            Kill(random, Path.Combine(broken, "checkpoints", "step-000000000.safetensors"), kill == 0, arguments);
        }

        var last = LabResult.Run("resume", broken);

        // If the last kill came after the summary, there is nothing left to do.
        Assert.True(last.ExitCode == 0 || last.Diagnostics.Contains("has made all", StringComparison.Ordinal), last.Diagnostics);
        SameRun.Assert(whole, broken);
        AssertSamePins(whole, broken, every: 5);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_resumed_with_more_steps_equals_the_longer_run()
    {
        var whole = Run("whole", "--set", "steps=150", "--set", "checkpoint.every=10");
        var shorter = Run("shorter", "--set", "steps=93", "--set", "checkpoint.every=10"); // in the middle of a spike
        Assert.Contains("unfinished", File.ReadAllText(Path.Combine(shorter, "events.jsonl")), StringComparison.Ordinal);

        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "150").ExitCode);
        SameRun.Assert(whole, shorter);
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "config.yaml")), File.ReadAllText(Path.Combine(shorter, "config.yaml")));
        Assert.Equal(Summary(whole), Summary(shorter));
        AssertSamePins(whole, shorter, every: 10);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_checkpoint_has_the_lengths_of_all_files_and_a_resumed_run_keeps_the_bytes_before_it()
    {
        const string Events = "events.jsonl", Metrics = "metrics.csv", TensorBoard = "events.out.tfevents.0.lossspikes";
        string[] settings = ["--set", "monitor.sinks=[tensorboard]", "--set", "checkpoint.every=40"];
        var whole = Run("whole", ["--set", "steps=120", .. settings]);
        var shorter = Run("shorter", ["--set", "steps=93", .. settings]);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var lengths = CheckpointFile.Read(Path.Combine(shorter, "checkpoints", "step-000000080.safetensors")).Lengths;
        var kept = lengths.ToDictionary(file => file.Key, file => File.ReadAllBytes(Path.Combine(shorter, file.Key))[..(int)file.Value]);

        Assert.Equal([Events, TensorBoard, Metrics], lengths.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(1 + 80, Encoding.UTF8.GetString(kept[Metrics]).Count(c => c == '\n'));
        Assert.All((string[])[Events, Metrics], file => Assert.Equal((byte)'\n', kept[file][^1]));

        File.Delete(Path.Combine(shorter, "checkpoints", "step-000000094.safetensors"));
        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "120").ExitCode);

        SameRun.Assert(whole, shorter);
        Assert.All(kept, file => Assert.Equal(file.Value, File.ReadAllBytes(Path.Combine(shorter, file.Key))[..file.Value.Length]));
        Assert.Equal(new FileInfo(Path.Combine(whole, TensorBoard)).Length, new FileInfo(Path.Combine(shorter, TensorBoard)).Length);
    }

    [Theory]
    [InlineData("{ kind: adam, learning_rate: 0.01, weight_decay: 0.001 }")]
    [InlineData("{ kind: rmsprop, learning_rate: 0.003 }")]
    [InlineData("{ kind: momentum, learning_rate: 0.1, beta: 0.9, nesterov: true }")]
    [Trait("Speed", "Slow")]
    public void Optimizers_with_a_state_resume_with_it(string optimizer)
    {
        var whole = Run("whole", "--set", $"optimizer={optimizer}", "--set", "steps=60");
        var shorter = Run("shorter", "--set", $"optimizer={optimizer}", "--set", "steps=31");

        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "60").ExitCode);
        SameRun.Assert(whole, shorter);
    }

    [Theory]
    [InlineData("every=1", 62)]  // below the edge
    [InlineData("every=auto", 85)]
    [InlineData("explain_every=3", 93)] // in the middle of a spike
    [Trait("Speed", "Slow")]
    public void Explanations_and_forecasts_resume_as_if_never_interrupted(string setting, int at)
    {
        var whole = Run("whole", "--set", "monitor.explain=true", "--set", $"monitor.{setting}", "--set", "steps=150");
        var shorter = Run("shorter", "--set", "monitor.explain=true", "--set", $"monitor.{setting}", "--set", $"steps={at}");
        Assert.Contains("\"mechanism\"", File.ReadAllText(Path.Combine(whole, "events.jsonl")), StringComparison.Ordinal);

        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "150").ExitCode);
        SameRun.Assert(whole, shorter);
    }

    [Fact]
    public void Layers_and_the_split_resume_as_if_never_interrupted()
    {
        string[] settings = ["--set", "monitor.layers=true", "--set", "monitor.gauss_newton=true"];
        var whole = Run("whole", ["--set", "steps=24", .. settings]);
        var shorter = Run("shorter", ["--set", "steps=13", .. settings]);

        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "24").ExitCode);
        Assert.Contains("layer_sharpness.2", File.ReadLines(Path.Combine(whole, "metrics.csv")).First(), StringComparison.Ordinal);
        SameRun.Assert(whole, shorter);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    [Trait("Speed", "Slow")]
    public void A_damaged_newest_checkpoint_is_named_and_the_previous_one_is_used(int at)
    {
        var whole = Run("whole", "--set", "steps=150");
        var broken = Run("broken", "--set", "steps=140", "--set", "checkpoint.every=50");
        var newest = Directory.GetFiles(Path.Combine(broken, "checkpoints")).Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(newest);
        bytes[Math.Min(at, bytes.Length - 1)] ^= 1;
        File.WriteAllBytes(newest, bytes);

        var result = LabResult.Run("resume", broken, "--steps", "150");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(Path.GetFileName(newest), result.Diagnostics, StringComparison.Ordinal);
        Assert.Contains("resuming at step 100", result.Diagnostics, StringComparison.Ordinal);
        SameRun.Assert(whole, broken);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Run_with_resume_continues_the_same_experiment_and_refuses_another()
    {
        var whole = Run("whole", "--set", "steps=150");
        var shorter = Run("shorter", "--set", "steps=60");
        string[] again = ["run", _folder["small.yaml"], "--out", shorter, "--resume"];

        var refused = LabResult.Run([.. again, "--set", "optimizer.learning_rate=0.3"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("learning_rate: 0.35", refused.Diagnostics, StringComparison.Ordinal);
        Assert.Equal(0, LabResult.Run(again).ExitCode);
        SameRun.Assert(whole, shorter);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_whose_files_were_changed_is_refused_in_one_sentence()
    {
        var run = Run("run", "--set", "monitor.explain=true", "--set", "steps=93");

        Refused("config.yaml", "hidden: [4]", "hidden: [5]", "config.yaml gives 385 parameters, and the checkpoint holds another number");
        Refused("metrics.csv", "guard_1", "guard_9", "metrics.csv: the measurement of step ");
        Refused("metrics.csv", "mode_v1", "mode_v9", "metrics.csv: the measurement of step ");
        Refused("metrics.csv", "lambda_2", "lambda_9", "metrics.csv: the measurement of step ");

        void Refused(string file, string part, string changed, string sentence)
        {
            var path = Path.Combine(run, file);
            var text = File.ReadAllText(path);
            Assert.Contains(part, text, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(part, changed, StringComparison.Ordinal));

            var result = LabResult.Run("resume", run, "--steps", "150");

            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.Contains(sentence, Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
            File.WriteAllText(path, text);
        }
    }

    [Fact]
    public void A_finished_run_is_refused_and_the_option_that_extends_it_is_named()
    {
        var result = LabResult.Run("resume", Run("whole"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--steps", result.Diagnostics, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_or_one_without_checkpoints_is_refused()
    {
        var run = Run("whole");
        Directory.Delete(Path.Combine(run, "checkpoints"), recursive: true);

        Assert.Contains("no usable checkpoint", LabResult.Run("resume", run).Diagnostics, StringComparison.Ordinal);
        Assert.Equal(2, LabResult.Run("resume", _folder["nowhere"]).ExitCode);
    }

    /// <summary>Every spike has the last regular checkpoint at or before its onset, and it is the same in both runs.</summary>
    private static void AssertSamePins(string expected, string actual, int every)
    {
        foreach (var spike in RecordedRun.Open(expected).Spikes)
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            var (whole, broken) = (Pin(expected, spike.Id), Pin(actual, spike.Id));
            Assert.Equal(spike.OnsetStep / every * every, whole.Step);
            Assert.Equal(whole.Step, broken.Step);
            Assert.Equal(whole.Point.data<double>(), broken.Point.data<double>());
            Assert.Equal(whole.Monitor.Keys, broken.Monitor.Keys);
            Assert.All(whole.Monitor, t => Assert.Equal(t.Value.bytes.ToArray(), broken.Monitor[t.Key].bytes.ToArray()));
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(actual, "checkpoints"), "*.partial"));

        static Checkpoint Pin(string run, int spike) => CheckpointFile.Read(Path.Combine(run, "checkpoints", $"spike-{spike}.safetensors"));
    }

    private static string Summary(string run)
    {
        var summary = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "summary.json")))!.AsObject();
        summary.Remove("seconds");
        summary.Remove("steps_per_second");
        return summary.ToJsonString();
    }

    private static void Kill(Random random, string begun, bool wait, string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(
                "dotnet", [Path.Combine(AppContext.BaseDirectory, "lab.dll"), .. arguments])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        while (wait && !File.Exists(begun) && !process.HasExited)
        {
            Thread.Sleep(10);
        }

        Thread.Sleep(random.Next(0, 1600));
        process.Kill();
        process.WaitForExit();
    }

    private string Run(string name, params string[] more)
    {
        var result = LabResult.Run(["run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out", _folder[name], .. more]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[name];
    }
}
