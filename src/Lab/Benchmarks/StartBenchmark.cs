namespace LossSpikes.Lab.Benchmarks;

/// <summary>How long one waits for the program itself.</summary>
internal sealed class StartBenchmark : IBenchmark
{
    private const int Rounds = 5;

    public string Name => "start";

    public string Description => "the program from its start to its end, in a process of its own";

    public IEnumerable<BenchRow> Run()
    {
        yield return BenchRow.AtMost(0.25, "lab --help", Median(() => OwnProcess.Run("--help")), "s");
        yield return BenchRow.AtMost(1.2, "lab run, one step, folder and figures written", Median(() => SmallRun.Of(1000, 1000, steps: 1)), "s");
    }

    private static double Median(Func<OwnProcess> run)
    {
        run();
        return Timing.Quantile(Enumerable.Range(0, Rounds).Select(_ => run().Seconds), 0.5);
    }
}
