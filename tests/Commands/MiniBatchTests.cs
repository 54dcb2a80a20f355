using System.Diagnostics;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Commands;

/// <summary>Runs of mini-batches from the command line: their record, resume and replay.</summary>
public sealed class MiniBatchTests : IDisposable
{
    // The learning rate jumps at step 120, so that a spike is open from there on; an epoch has five batches.
    private const string Yaml = """
        name: batches
        objective:
          kind: network
          data: { kind: digits, examples: 200 }
          model: { kind: mlp, hidden: [8], activation: tanh }
          loss: mse
        optimizer:
          kind: adamw
          learning_rate: 0.003
          weight_decay: 0.01
          clip: 0.5
          batch: 48
          schedule: { kind: list, before: { kind: warmup, steps: 20 }, values: { 120: 0.6, 135: 0.001 } }
        steps: 260
        monitor:
          every: 4
          probe: 100
          batch_sharpness: { draws: 8 }
          update_curvature: true
          critical_sharpness: true
        checkpoint: { every: 7 }

        """;

    // The same with convolutions and BatchNorm, whose running statistics are part of the state.
    private static readonly string[] Convolutions =
        ["--set", "objective.model={ kind: cnn, channels: [3], activation: tanh, batch_norm: true }", "--set", "optimizer.clip=0.3"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_row_has_the_loss_of_its_batch_and_measured_ones_that_of_the_probe()
    {
        var run = RecordedRun.Open(Run("run"));

        Assert.Equal(261, run.Measurements.Count);
        Assert.All(run.Measurements, m => Assert.True(double.IsFinite(m.BatchLoss!.Value) && m.Further["update_norm"] > 0));
        Assert.All(run.Measurements, m => Assert.Equal(m.Step % 4 == 0, m.HasLoss));
        Assert.All(run.Measurements, m => Assert.Equal(m.Step % 4 == 0, m.Sharpness is not null));
        Assert.All(run.Measurements, m => Assert.Equal(m.Step % 4 == 0, m.Further.ContainsKey("batch_sharpness")));
        Assert.Equal("step,loss,batch_loss,accuracy,gradient_norm,sharpness", string.Join(',', run.Metrics.Schema.Names.Take(6)));

        var spike = Assert.Single(run.Spikes);
        Assert.Equal(Mechanism.LearningRateChange, spike.Mechanism);
        Assert.Equal((spike.OpenStep / 5, spike.OpenStep % 5), (spike.Batch!.Epoch, spike.Batch.Batch));
        Assert.InRange(spike.Batch.Examples.Count, 8, 48);
        Assert.True(File.Exists(Path.Combine(run.Directory, "report.html")));
    }

    [Theory]
    [InlineData(63, false)] // in the middle of an epoch
    [InlineData(63, true)]
    [InlineData(128, false)] // and of a spike
    [InlineData(128, true)]
    [Trait("Speed", "Slow")]
    public void A_resumed_run_has_the_same_bytes(int at, bool convolutions)
    {
        var more = convolutions ? Convolutions : [];
        var whole = Run("whole", more);
        var shorter = Run("shorter", ["--set", $"steps={at}", .. more]);

        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "260").ExitCode);
        AssertSame(whole, shorter);
        Assert.Contains(RecordedRun.Open(whole).Spikes, s => s.OpenStep < 128 && s.EndStep > 129 && s.Mechanism == Mechanism.LearningRateChange);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Kills_at_random_moments_change_no_byte()
    {
        var whole = Run("whole");
        var broken = _folder["broken"];
        var random = new Random(2);
        for (var kill = 0; kill < 10; kill++)
        {
            var wait = random.Next(300, 1800);
            Kill(broken, kill == 0 ? ["run", _folder["batches.yaml"], "--out", broken] : ["resume", broken], () => Thread.Sleep(wait));
        }

        var last = LabResult.Run("resume", broken);

        Assert.True(last.ExitCode == 0 || last.Diagnostics.Contains("has made all", StringComparison.Ordinal), last.Diagnostics);
        AssertSame(whole, broken);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Kills_in_an_epoch_and_in_a_spike_change_no_byte_of_a_network_with_BatchNorm()
    {
        var whole = Run("whole", Convolutions);
        var spike = RecordedRun.Open(whole).Spikes.First(s => s.Mechanism == Mechanism.LearningRateChange);
        var broken = _folder["broken"];
        Kill(broken, ["run", _folder["batches.yaml"], "--out", broken, .. Convolutions], () => Await(63));
        Kill(broken, ["resume", broken], () => Await(spike.OpenStep + 3));

        Assert.InRange(Rows(), spike.OpenStep + 1, spike.EndStep);
        Assert.Equal(0, LabResult.Run("resume", broken).ExitCode);
        AssertSame(whole, broken);

        int Rows() => File.ReadLines(Path.Combine(broken, "metrics.csv")).Count() - 1;

        void Await(long row)
        {
            while (!File.Exists(Path.Combine(broken, "metrics.csv")) || Rows() <= row)
            {
                Thread.Sleep(1);
            }
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_replay_without_a_change_repeats_the_rows()
    {
        var whole = Run("whole");
        var replayed = _folder["replayed"];

        var result = LabResult.Run("replay", whole, "--spike", "1", "--change", "learning_rate*1", "--steps", "260", "--out", replayed);

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        var (was, again) = (RecordedRun.Open(whole), RecordedRun.Open(replayed));
        var first = again.Measurements[0].Step;
        Assert.Equal(Rows(was).Skip((int)first).Take(again.Measurements.Count), Rows(again));

        static IEnumerable<string> Rows(RecordedRun run) => run.Measurements.Select(
            m => string.Join(',', run.Metrics.Schema.Columns.Where(c => c.Name != "seconds").Select(c => c.Get(m))));
    }

    [Theory]
    [InlineData("optimizer.batch is 201, but there are 200 examples", "optimizer.batch=201")]
    [InlineData("monitor.probe is 300, but there are 200 examples", "monitor.probe=300")]
    [InlineData("monitor.probe goes with optimizer.batch; without it the loss is that of all examples", "optimizer.batch=null")]
    [InlineData("monitor.batch_sharpness goes with optimizer.batch; without it there are no batches", "optimizer.batch=null", "monitor.probe=null")]
    public void Settings_that_do_not_go_together_are_refused_before_there_is_a_folder(string sentence, params string[] settings)
    {
        var result = LabResult.Run(["run", _folder.Write("batches.yaml", Yaml), "--out", _folder["run"], .. settings.SelectMany(s => new[] { "--set", s })]);

        Assert.Equal((2, sentence), (result.ExitCode, result.Diagnostics.TrimEnd()));
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void An_objective_without_examples_has_no_batches()
    {
        var file = _folder.Write("toy.yaml", """
            name: toy
            objective: { kind: power_law }
            optimizer: { kind: gd, learning_rate: 1, batch: 10 }
            steps: 5
            """);

        var result = LabResult.Run("run", file, "--out", _folder["run"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            "optimizer.batch: this objective has no examples to make batches of; batch goes with objective.kind: network", result.Diagnostics.TrimEnd());
    }

    private static void AssertSame(string expected, string actual)
    {
        SameRun.Assert(expected, actual);
        Assert.Equal(LastState(expected), LastState(actual));
    }

    /// <summary>
    /// The tensors of a checkpoint. Its header holds the length of metrics.csv, and seconds have a digit more on a slow machine.
    /// </summary>
    private static byte[] LastState(string run)
    {
        var file = File.ReadAllBytes(Path.Combine(run, "checkpoints", "step-000000261.safetensors"));
        return file[(8 + (int)BitConverter.ToInt64(file))..];
    }

    /// <summary>Kills a process of the lab at a moment after the run's first checkpoint.</summary>
    private static void Kill(string run, string[] arguments, Action await)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "lab.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        while (!Directory.Exists(Path.Combine(run, "checkpoints")) && !process.HasExited)
        {
            Thread.Sleep(10);
        }

        await();
        process.Kill();
        process.WaitForExit();
    }

    private string Run(string name, params string[] more)
    {
        var result = LabResult.Run(["run", _folder.Write("batches.yaml", Yaml), "--out", _folder[name], .. more]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[name];
    }
}
