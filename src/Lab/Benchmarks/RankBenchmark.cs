using System.Text.Json;
using LossSpikes.Lab.Distributed;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What several processes gain in the runs of another benchmark: monitored steps per second of one rank and of N, each with its threads.</summary>
/// <param name="name">The other benchmark.</param>
/// <param name="training">Its run, of which the first steps are made.</param>
/// <param name="settings">The ranks.</param>
internal sealed class RankBenchmark(string name, TrainingCase training, RankSettings settings)
{
    private const int Steps = 41, Warm = 1; // the first step has the cold start

    // Each chunk adds its gradients and products to those of the others, which is memory traffic that cores share.
    private const int Chunks = 4;

    // Two ranks of one thread against one on two cores.
    private const double Target = 1.7;

    /// <summary>Measures as one of the ranks, which a launcher has started.</summary>
    /// <returns>The rows of rank 0; none of the others.</returns>
    /// <exception cref="InputException">They do not find each other.</exception>
    public IReadOnlyList<BenchRow> Measure()
    {
        using var world = MpiCollective.Join(settings);
        var run = MonitoredSteps.Run(
            training with { Steps = Steps, Threads = settings.Threads, ReferenceEvery = int.MaxValue },
            new MonitorOptions { Eigenvalues = 1 },
            objective => ShardedObjective.Of(objective, Math.Max(Chunks, settings.Ranks), world));
        world.Leave();
        return world.Rank > 0 ? [] :
        [
            BenchRow.Of($"plain steps, {Of(settings.Ranks)}", 1 / Timing.Quantile(run.Plain.Skip(Warm), 0.5), "per second"),
            BenchRow.Of($"monitored steps, {Of(settings.Ranks)}", 1 / Timing.Quantile(run.Monitored.Skip(Warm), 0.5), "per second"),
        ];
    }

    /// <summary>Starts one rank and then all, and compares them.</summary>
    /// <param name="diagnostics">Receives what they say.</param>
    /// <exception cref="InputException">They cannot be started.</exception>
    public async Task<IReadOnlyList<BenchRow>> Compare(TextWriter diagnostics)
    {
        var alone = await Start(settings with { Ranks = 1 }, diagnostics);
        var shared = await Start(settings, diagnostics);
        var gain = shared[^1].Value / alone[^1].Value;
        return
        [
            .. alone, .. shared,
            settings.Ranks == 2
                ? BenchRow.AtLeast(Target, "monitored steps, two ranks / one rank", gain, "")
                : BenchRow.Of($"monitored steps, {Of(settings.Ranks)} / 1 rank", gain, ""),
        ];
    }

    private static string Of(int ranks) => FormattableString.Invariant($"{ranks} rank{(ranks == 1 ? "" : "s")}");

    private async Task<IReadOnlyList<BenchRow>> Start(RankSettings some, TextWriter diagnostics)
    {
        using var output = new StringWriter();
        var code = await new RankLauncher(some, output, diagnostics).Launch(
            ["bench", "--only", name, "--json", .. some.Arguments], CancellationToken.None);
        return code == 0 && output.ToString().Split('\n').LastOrDefault(l => l.StartsWith('[')) is { } rows
            ? JsonSerializer.Deserialize<IReadOnlyList<BenchRow>>(rows, RecordJson.Options)!
            : throw new InputException($"{Of(some.Ranks)} ended with exit code {code}");
    }
}
