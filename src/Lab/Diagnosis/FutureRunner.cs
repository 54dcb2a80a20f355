using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Detection;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Trains futures of a case, each into a run folder of its own.</summary>
/// <param name="case">The case.</param>
/// <param name="steps">How many updates each future makes.</param>
/// <param name="folder">Where the run folders come.</param>
/// <param name="say">Receives a line for each future.</param>
/// <param name="cancellation">Ends all of it.</param>
internal sealed class FutureRunner(TrainingCase @case, int steps, string folder, Action<string> say, CancellationToken cancellation)
{
    // So many losses of other batches stand for those of the steps before, which no checkpoint has.
    private const int Calm = 64;
    private const double CalmScore = 3;

    /// <summary>Other batches whose loss rose by less did not rise.</summary>
    public const double OthersRose = 1.5;

    // Steps at which a future is measured: all of them as it was, so that the rules of records hold; else as near the threshold as it needs.
    private static readonly StepInterval Adaptive = new(null), Every = new(1), Seldom = new(10);

    private readonly Dictionary<string, Future> _made = [];

    /// <summary>All futures so far.</summary>
    public IReadOnlyCollection<Future> Made => _made.Values;

    /// <summary>Trains a future; one that was made already is returned.</summary>
    /// <exception cref="OperationCanceledException">Asked for.</exception>
    public Future Run(FutureChange change)
    {
        if (_made.TryGetValue(change.Name, out var made))
        {
            return made;
        }

        var future = _made[change.Name] = Train(change);
        say($"replayed {change.Text}: {(future.Spiked ? future.Spike ?? "the loss diverged" : "no spike")}");
        return future;
    }

    private Future Train(FutureChange change)
    {
        using var scope = NewDisposeScope();
        var (from, asItWas) = (change.Forgets ? 0 : @case.Before.Step, change.IsNone);
        var experiment = change.Of(@case.Experiment, from, steps);
        experiment = experiment with
        {
            Monitor = experiment.Monitor with
            {
                Every = asItWas ? Every : @case.IsFullBatch ? Adaptive : Seldom,
                Explain = asItWas && @case.IsFullBatch,
                UpdateCurvature = true,
                Sinks = [],
            },
        };
        @case.GoTo(@case.Before);
        using var batches = @case.CreateBatches(change.Skipped);
        using var optimizer = experiment.Optimizer.Create(@case.Objective);
        optimizer.Restore(change.Forgets ? OptimizerState.Empty : @case.Before.Optimizer);
        using var writer = RunWriter.Create(Path.Combine(folder, change.Name), experiment, EnvironmentReport.Of(experiment));
        var statistics = RunStatistics.Of(experiment);
        using var monitor = experiment.CreateMonitor(@case.Objective, batches, optimizer, writer, statistics);
        if (batches is not null)
        {
            monitor.Resume(Before(batches, from), [], new Dictionary<string, Tensor>(), lastWarning: null);
        }

        var outcome = new Trainer(@case.Objective, optimizer, monitor, new StopRules(experiment.Steps, new StopSettings()), batches) { Step = from }
            .Run(cancellation);
        cancellation.ThrowIfCancellationRequested();
        writer.Finish(statistics.Summarize(outcome));
        return Seen(change, outcome, RecordedRun.Open(writer.Directory));
    }

    private Future Seen(FutureChange change, RunOutcome outcome, RecordedRun run)
    {
        List<SpikeEvent> spikes = [.. run.Events.OfType<SpikeEvent>().Where(Counts)];
        var first = spikes.FirstOrDefault();
        return new Future
        {
            Name = change.Name,
            Change = change.Text,
            Outcome = outcome,
            Spiked = spikes.Count > 0 || outcome == RunOutcome.Diverged,
            SpikeStep = first?.OpenStep,
            HighestRise = spikes.Max(s => s.Rise),
            Spike = (first is null ? null : first with { Meaning = "" })?.Describe(),
            Mechanism = first?.Mechanism == Mechanism.Divergence ? first.Cause ?? Mechanism.Divergence : first?.Mechanism,
            HighestLoss = run.Measurements.Max(m => m.StepLoss),
            EndLoss = run.Measurements[^1].StepLoss,
            HighestRatio = run.Measurements.Max(m => m.Ratio),
            Rows = run.Measurements,
            First = first,
        };
    }

    // With mini-batches a rise that other batches do not share is noise, and no spike of the training; with all examples one that is no instability is none.
    private bool Counts(SpikeEvent spike) => spike.IsInstability || spike.Outcome == SpikeOutcome.Diverged
        || (!@case.IsFullBatch && (spike.Mechanism is not Mechanism.Noise || spike.Batch?.OthersNow >= OthersRose * spike.Batch?.OthersBefore));

    /// <summary>Losses of other batches at the parameters before, in place of those of the steps before; extreme ones are cut, as those were calm.</summary>
    private List<Measurement> Before(MiniBatches batches, long from)
    {
        var losses = new OtherBatches(batches.Whole, batches.Sampler.Examples, batches.Sampler.Size, @case.Experiment.Seed).Losses(Calm);
        var score = RobustScore.Of(losses);
        return [.. losses.Select((loss, i) => new Measurement
        {
            Step = from - Calm + i,
            Loss = double.NaN,
            BatchLoss = Math.Min(loss, score.Median + CalmScore * score.Spread),
            GradientNorm = double.NaN,
            Threshold = double.NaN,
        })];
    }
}
