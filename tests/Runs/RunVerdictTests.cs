using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Runs;

/// <summary>The line that says whether a run was normal.</summary>
public sealed class RunVerdictTests
{
    [Theory]
    [InlineData("no: the loss diverged: lower η below 0.5", true, 1, 0, SpikeOutcome.Diverged, "the loss diverged: lower η below 0.5")]
    [InlineData("no: the loss diverged, and no instability was measured before", true, 0, 0, null, "")]
    [InlineData("no: the loss grows from spike to spike: lower η", false, 3, 0, SpikeOutcome.Recovered, "grows from spike to spike: lower η")]
    [InlineData("no: an oscillation remains; it does not come down", false, 1, 0, SpikeOutcome.Sustained, "it does not come down")]
    [InlineData("yes: 2 spikes at the edge of stability, self-correcting", false, 2, 1, SpikeOutcome.Recovered, "self-corrected")]
    [InlineData("no instability: look at the data of the 1 rise of the loss", false, 0, 1, null, "")]
    [InlineData("yes: the sharpness stayed below the threshold, and the loss did not spike", false, 0, 0, null, "")]
    public void The_first_rule_that_applies_counts(string expected, bool diverged, int spikes, int rises, SpikeOutcome? last, string meaning)
    {
        var statistics = new RunStatistics("run", float64: true);
        for (var step = 0; step < 10; step++)
        {
            statistics.Record(new Measurement { Step = step, Loss = 10 - step, GradientNorm = 1, Threshold = 20, Eigenvalues = [5] });
        }

        for (var i = 1; i <= spikes; i++)
        {
            statistics.Record(Spike(i, SpikeKind.Instability, i == spikes ? last!.Value : SpikeOutcome.Recovered, i == spikes ? meaning : ""));
        }

        for (var i = 1; i <= rises; i++)
        {
            statistics.Record(Spike(spikes + i, SpikeKind.Rise, SpikeOutcome.Recovered, ""));
        }

        Assert.Equal(expected, statistics.Summarize(diverged ? RunOutcome.Diverged : RunOutcome.Completed).Verdict);
    }

    [Fact]
    public void A_run_of_one_row_has_a_summary()
    {
        var statistics = new RunStatistics("run", float64: true);
        statistics.Record(new Measurement { Step = 0, Loss = 1, GradientNorm = 1, Threshold = 20, Eigenvalues = [5] });

        var summary = statistics.Summarize(RunOutcome.Completed);

        Assert.Equal("yes: the sharpness stayed below the threshold, and the loss did not spike", summary.Verdict);
        Assert.Equal(RunBehaviour.Converged, summary.Behaviour);
    }

    [Fact]
    public void A_loss_that_was_lowest_early_is_said_to_have_been()
    {
        var statistics = new RunStatistics("run", float64: true);
        for (var step = 0; step <= 10; step++)
        {
            statistics.Record(new Measurement { Step = step, Loss = Math.Abs(step - 2) + 1, GradientNorm = 1, Threshold = 20, Eigenvalues = [25] });
        }

        statistics.Record(Spike(1, SpikeKind.Instability, SpikeOutcome.Partial, ""));
        var verdict = statistics.Summarize(RunOutcome.Completed).Verdict;
        Assert.EndsWith("self-correcting; the loss has not been lower since step 2", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void Spikes_of_mini_batches_are_not_all_said_to_be_at_the_edge()
    {
        var statistics = new RunStatistics("run", float64: true);
        for (var step = 0; step < 10; step++)
        {
            statistics.Record(new Measurement { Step = step, Loss = 1, BatchLoss = 1, GradientNorm = 1, Threshold = 20 });
        }

        statistics.Record(Spike(1, SpikeKind.Instability, SpikeOutcome.Recovered, "lower β₂, clip the update, or lower η") with
        {
            Mechanism = Mechanism.Preconditioner,
            Batch = new BatchEvidence
            {
                ExaminedStep = 2,
                Score = 7,
                Median = 1,
                Spread = 0.1,
                Examples = [0],
                BeforeStep = 0,
                ThisBefore = 1,
                ScoreBefore = 0,
                OthersBefore = 1,
                OthersNow = 2,
                Others = 16,
                SharedRise = 1,
            },
        });

        Assert.Equal(
            "yes: 1 spike of the batch's loss; the last: lower β₂, clip the update, or lower η", statistics.Summarize(RunOutcome.Completed).Verdict);
    }

    private static SpikeEvent Spike(int id, SpikeKind kind, SpikeOutcome outcome, string meaning) => new(9)
    {
        Id = id,
        Kind = kind,
        Outcome = outcome,
        OnsetStep = 1,
        OpenStep = 2,
        PeakStep = 3,
        EndStep = 4,
        OnsetLoss = 1,
        PeakLoss = 2,
        Rise = 2,
        Threshold = 20,
        Hvps = 0,
        Dtype = "float64",
        Meaning = meaning,
    };
}
