using System.Globalization;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Ranks the possible causes. Where several hold the first rule counts; an instability that has a cause of its own is not listed again.</summary>
internal static class CauseRules
{
    private const string Precision = "precision", Unknown = "unknown";

    // As in the rules of records.
    private const double RateRise = 1.1, OwnRise = 0.5, Noticeable = 0.005;
    private static readonly double BadScore = new BatchSpikeRules().BadScore;

    /// <summary>All causes, those that were found first.</summary>
    public static IReadOnlyList<Cause> Rank(Evidence e)
    {
        List<Cause?> causes = [PrecisionCause(e), BadBatch(e), StateReset(e), LearningRate(e), Preconditioner(e)];
        causes.Add(Instability(e, explained: causes.Exists(c => c?.Standing == Standing.Found)));
        causes.Add(Noise(e, explained: causes.Exists(c => c?.Standing == Standing.Found)));
        List<Cause> known = [.. causes.OfType<Cause>().OrderBy(c => c.Standing)];
        return known.Exists(c => c.Standing == Standing.Found) ? known : [.. known.Prepend(new Cause(
            Unknown, Standing.Undecided, e.AsItWas.HighestRatio, "no other cause holds; highest S/T in the replay",
            e.AsItWas.Spiked ? $"the loss spiked in the replay, but no rule names a mechanism: {e.AsItWas.Spike}"
                : Text($"the loss did not spike in the replay, {e.AsItWas.Rows.Count - 1} steps from the first checkpoint")
                    + (e.Batches is null ? "" : ", with the batches that are known")))];
    }

    /// <summary>A gradient near a minimum is rounded in every training, so that its error alone decides nothing.</summary>
    private static Cause? PrecisionCause(Evidence e) => e.Precision is not { } p ? null : new Cause(
        Precision, p.LossDecides ? Standing.Found : p.GradientDecides ? Standing.Undecided : Standing.Excluded,
        p.LossError, "|L − L₆₄|/|L₆₄| > 0.001",
        p.LossDecides
            ? Text($"rounding decides: at the same point the loss is {p.Loss:G5} in the training's precision and {p.LossInDouble:G5} in float64; ")
                + Text($"the gradients differ by {p.GradientError:P1}")
        : p.GradientDecides
            ? Text($"at the same point float64 gives the same loss, but the gradients differ by {p.GradientError:P1}, as they do near a minimum; ")
                + "--dtype float64 replays without that"
            : Text($"at the same point float64 gives the same loss, and the same gradient to {p.GradientError:G2}"));

    private static Cause? BadBatch(Evidence e)
    {
        const string Criterion = "highest score of a batch of the window, at the parameters before the spike > 8";
        if (e.Batches is not { } batches)
        {
            return null;
        }

        if (batches.Worst is not { } worst)
        {
            return new Cause(Word(Mechanism.BadBatch), Standing.Undecided, null, Criterion, "the batches of the spike are not known; pass them with --batches");
        }

        if (!(worst.ScoreBefore > BadScore))
        {
            return new Cause(Word(Mechanism.BadBatch), Standing.Excluded, worst.ScoreBefore, Criterion,
                Text($"no batch of the window was extreme at the parameters before the spike: the highest loss, of step {worst.Step}, is ")
                    + Text($"{worst.ScoreBefore:F1} spreads above the median of {batches.Others} random batches"));
        }

        var without = e.Replay(Skip(batches));
        var found = e.AsItWas.Mechanism == Mechanism.BadBatch || (e.AsItWas.Spiked && !without.Spiked);
        return new Cause(Word(Mechanism.BadBatch), found ? Standing.Found : Standing.Undecided, worst.ScoreBefore, Criterion,
            Text($"the batch of step {worst.Step} has a loss of {worst.LossBefore:G4} already at the parameters before the spike, ")
                + Text($"where {batches.Others} random batches have a median of {batches.OthersBefore:G4}; ")
                + $"with another batch in its place the loss {(without.Spiked ? "spikes too" : "does not spike")}");
    }

    private static Cause? StateReset(Evidence e)
    {
        const string Criterion = "share of v that fell below 0.9·β₂ⁿ times its value > 0.5, or a lower step count";
        if (!e.Case.Experiment.Optimizer.Preconditioned || e.Case.Recorded is not null)
        {
            return null;
        }

        if (e.Moments is not { } m)
        {
            return new Cause(Word(Mechanism.StateReset), Standing.Undecided, null, Criterion, e.Case.Before.HasMemory
                ? "the optimizer's state after the spike is not known"
                : "the checkpoint has no optimizer state, so that the replays begin without one, as after a reset");
        }

        if (!m.WasReset)
        {
            return new Cause(Word(Mechanism.StateReset), Standing.Excluded, m.ForgottenShare, Criterion,
                Text($"the second moment v was carried on: √v is {m.MeanRatio:G3} times what it was before the spike"));
        }

        var reset = e.Replay(Changes.Reset);
        return new Cause(Word(Mechanism.StateReset), Standing.Found, m.ForgottenShare, Criterion,
            (m.StepAfter < m.StepBefore ? Text($"the optimizer counted {m.StepBefore} steps before the spike and only {m.StepAfter} after it")
                : Text($"{m.ForgottenShare:P0} of the entries of v fell faster than β₂ allows"))
            + $"; in the replay the loss {Spikes(reset)} with a reset, and {Spikes(e.AsItWas)} without one");
    }

    private static Cause? LearningRate(Evidence e)
    {
        const string Criterion = "η after/η before > 1.1";
        if (e.Case.Recorded is not null)
        {
            return null;
        }

        if (e.Case.LearningRates is not { } rates)
        {
            return new Cause(
                Word(Mechanism.LearningRateChange), Standing.Undecided, null, Criterion,
                "the learning rate is known for one of the two checkpoints only, or --learning-rate stands for both");
        }

        var ratio = rates.After / rates.Before;
        if (!(ratio > RateRise))
        {
            return new Cause(Word(Mechanism.LearningRateChange), Standing.Excluded, ratio, Criterion,
                Text($"the learning rate was {rates.Before:G4} before the spike and {rates.After:G4} after it"));
        }

        var old = e.Replay(Changes.OldRate(rates.Before, rates.After));
        var passed = e.Before.Ratio > 1 && e.Before.Ratio / ratio <= 1;
        var most = 1 - LogRise(old) / LogRise(e.AsItWas) > OwnRise;
        var standing = !e.AsItWas.Spiked ? Standing.Undecided : !old.Spiked || passed || most ? Standing.Found : Standing.Excluded;
        return new Cause(Word(Mechanism.LearningRateChange), standing, ratio, Criterion,
            Text($"the learning rate rose from {rates.Before:G4} to {rates.After:G4}, and S/T with it to {e.Before.Ratio:F2}; ")
                + (standing == Standing.Undecided ? "with the new one the loss does not spike in the replay"
                    : old.Spiked ? $"with the old one the loss {Rose(old)} in the replay, with the new one it {Rose(e.AsItWas)}"
                    : "with the old one the loss does not spike in the replay"));
    }

    private static Cause? Preconditioner(Evidence e)
    {
        const string Criterion = "share of the change of ln S that H itself does not have > 0.5";
        if (!e.Case.Experiment.Optimizer.Preconditioned || e.Case.Recorded is not null)
        {
            return null;
        }

        var name = Word(Mechanism.Preconditioner);
        if (!e.AsItWas.Spiked)
        {
            return new Cause(name, Standing.Undecided, null, Criterion, "the loss did not spike in the replay");
        }

        if (e.AsItWas.Mechanism is Mechanism.Preconditioner or Mechanism.BadBatch)
        {
            return new Cause(
                name, e.AsItWas.Mechanism == Mechanism.Preconditioner ? Standing.Found : Standing.Excluded, e.AsItWas.HighestRatio, "S/T", e.AsItWas.Spike!);
        }

        var (from, to) = Swing(e.AsItWas);
        double? whole = Log(to?.Sharpness / from?.Sharpness), own = Log(to?.HessianSharpness / from?.HessianSharpness);
        var share = whole is { } change && Math.Abs(change) > Noticeable ? 1 - own / whole : null;
        return new Cause(name, share > OwnRise && e.AsItWas.HighestRatio > 1 ? Standing.Found : Standing.Excluded, share, Criterion,
            share is null ? "S hardly changed in the replay"
                : Text($"from step {from!.Step} to {to!.Step} S/T went from {from.Ratio:F2} to {to.Ratio:F2}: S changed by ×{Math.Exp(whole!.Value):G3}, ")
                    + Text($"the sharpness of H itself by ×{Math.Exp(own!.Value):G3}; the preconditioner P did the rest"));
    }

    /// <summary>The change of S/T that is judged: its rise to the highest before the spike, or, where it was above 1 from the start, its fall after.</summary>
    private static (Measurement? From, Measurement? To) Swing(Future future)
    {
        List<Measurement> rows = [.. future.Rows.Where(r => r is { Ratio: not null, HessianSharpness: not null })];
        var top = rows.TakeWhile(r => r.Step <= future.SpikeStep).MaxBy(r => r.Ratio);
        return rows.FirstOrDefault() is { Ratio: < 1 } first && top?.Ratio > 1 ? (first, top) : (top, rows.Where(r => r.Step > top?.Step).MinBy(r => r.Ratio));
    }

    private static Cause? Instability(Evidence e, bool explained)
    {
        const string Criterion = "highest S/T > 1";
        if (explained)
        {
            return null;
        }

        if (e.Case.Recorded is { Mechanism: { } recorded and not Mechanism.Unknown } spike)
        {
            var name = recorded == Mechanism.Divergence ? spike.Cause ?? recorded : recorded;
            return new Cause(Word(name), Standing.Found, spike.Batch?.SharpnessRatio ?? spike.Evidence?.HighestRatio ?? e.AsItWas.HighestRatio,
                Criterion, spike.Describe());
        }

        var ratio = e.AsItWas.HighestRatio;
        var mechanism = e.AsItWas.Mechanism switch
        {
            _ when e.AsItWas.Outcome == RunOutcome.Diverged && e.AsItWas.Rows.All(r => !(r.Ratio <= 1)) => (Mechanism?)Mechanism.Divergence,
            null or Mechanism.Unknown => null,
            Mechanism.Catapult when !e.Case.IsStart => Mechanism.EdgeOfStability,
            var named => named,
        };
        return !(ratio > 1) ? new Cause(Word(Mechanism.EdgeOfStability), Standing.Excluded, ratio, Criterion,
                Text($"the sharpness S stayed below the threshold T: S/T reached {ratio:F2} at most"))
            : !e.AsItWas.Spiked ? new Cause(Word(Mechanism.EdgeOfStability), Standing.Undecided, ratio, Criterion,
                Text($"S/T reached {ratio:F2}, but the loss did not spike in the replay"))
            : new Cause(Word(mechanism ?? Mechanism.EdgeOfStability), Standing.Found, ratio, Criterion,
                (e.Before.IsUnstable ? Text($"S was already {e.Before.Ratio:F2} times the threshold T before the spike; ") : "")
                    + $"in the replay, {e.AsItWas.Spike ?? "the loss diverges"}");
    }

    private static Cause? Noise(Evidence e, bool explained)
    {
        const string Criterion = "median loss of random batches, after/before < 1.5, and S/T < 1";
        if (e.Batches is not { } batches)
        {
            return null;
        }

        var still = !(batches.OthersRise >= FutureRunner.OthersRose);
        var found = !explained && !(e.AsItWas.HighestRatio > 1) && !e.AsItWas.Spiked && still && (batches.Window.Count > 0 || batches.OthersAfter is not null);
        return new Cause(Word(Mechanism.Noise), found ? Standing.Found : still && !explained && !e.AsItWas.Spiked ? Standing.Undecided : Standing.Excluded,
            batches.OthersRise, Criterion,
            batches.OthersAfter is { } after
                ? Text($"the median loss of {batches.Others} random batches was {batches.OthersBefore:G4} before and {after:G4} after")
                : "the losses after the spike are not known");
    }

    /// <summary>The window without its extreme batches.</summary>
    public static FutureChange Skip(BatchFacts batches) => Changes.Skip([.. batches.Window.Where(b => b.ScoreBefore > BadScore).Select(b => b.Step)]);

    private static string Spikes(Future future) => future.Spiked ? "spikes" : "does not spike";

    private static double? LogRise(Future future) => future.Outcome == RunOutcome.Diverged ? double.PositiveInfinity : Log(future.HighestRise);

    private static string Rose(Future future) => future.Outcome == RunOutcome.Diverged ? "diverges" : Text($"rises ×{future.HighestRise:G3} at most");

    private static double? Log(double? ratio) => ratio > 0 ? Math.Log(ratio.Value) : null;

    private static string Word(Mechanism mechanism) => EnumWords.Of(mechanism).Replace(' ', '_');

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
