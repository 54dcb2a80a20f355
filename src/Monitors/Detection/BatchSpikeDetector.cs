using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Detection;

/// <summary>
/// Finds spikes in the losses of mini-batches: a loss far above those of the last batches by its <see cref="RobustScore"/> opens one. It is
/// examined at once, and again while it grows if it was only the noise of one batch so far. It ends when eight batches in a row are ordinary
/// again. docs/mini-batches.md has the definition.
/// </summary>
/// <param name="rules">The definition of a spike; a hill of the full batch's loss and a divergence.</param>
/// <param name="batchRules">That of a batch's loss.</param>
/// <param name="dtype">The working precision.</param>
/// <param name="lossScale">The objective's own scale of the loss; 0 where the first loss is the only one.</param>
/// <param name="examiner">Evaluates the batches of an examination.</param>
internal sealed class BatchSpikeDetector(SpikeRules rules, BatchSpikeRules batchRules, ScalarType dtype, double lossScale, IBatchExaminer examiner)
    : ISpikeDetector
{
    // Fewer losses have no spread to speak of.
    private const int Fewest = 32;

    // A spike has ended when so many batches in a row have a score below this.
    private const int CalmBatches = 8;

    // What began as the noise of one batch is examined again when the loss has risen so many times as far.
    private const double Again = 2;

    /// <summary>The score up to which a loss is ordinary.</summary>
    public const double CalmScore = 3;

    private readonly Queue<double> _losses = new();
    private readonly List<Measurement> _recent = []; // from before the next rise on
    private Measurement? _first;
    private double _limit;
    private int _count;
    private Open? _open;
    private bool _diverged;
    private long? _onset;
    private double? _ratio; // the last S/T

    public bool IsOpen => _open is not null;

    public long? OpenStep => _open?.Opening.Step;

    public long? OnsetStep => _open?.Window.Onset.Step ?? _onset;

    public IEnumerable<MonitorEvent> Observe(Measurement now)
    {
        _first ??= now;
        _onset ??= now.Step;
        _limit = _first == now ? rules.DivergenceFactor * Math.Max(Math.Abs(now.StepLoss), lossScale) : _limit;
        Remember(now);
        var loss = now.BatchLoss!.Value;
        if (Diverges(loss) || (now.HasLoss && Diverges(now.Loss)))
        {
            return _diverged ? [] : Diverge(now);
        }

        _diverged = false;
        return _open is not null ? Continue(now, loss, _open) : Watch(now, loss);
    }

    public SpikeEvent? Finish() => _open is null ? null : Close(SpikeOutcome.Unfinished, _recent[^1], _recent[^1].Step);

    private bool Diverges(double loss) => !double.IsFinite(loss) || loss > _limit;

    private IEnumerable<MonitorEvent> Watch(Measurement now, double loss)
    {
        if (_losses.Count >= Fewest)
        {
            var score = RobustScore.Of(_losses);
            if (loss <= score.Median)
            {
                _onset = now.Step;
            }
            else if (score.Of(loss) > batchRules.Score && loss > score.Median + rules.MinRise * Math.Abs(score.Median))
            {
                Begin(now, score);
                return [];
            }
        }

        _losses.Enqueue(loss);
        if (_losses.Count > batchRules.Window)
        {
            _losses.Dequeue();
        }

        return [];
    }

    private void Begin(Measurement now, RobustScore score)
    {
        var onset = _recent.FindIndex(r => r.Step >= _onset);
        var window = new HillWindow(_recent[onset], score.Median);
        _recent.Skip(onset + 1).ToList().ForEach(window.Add);
        var before = IBatchExaminer.Before(now.Step);
        _open = new Open(++_count, now, score, window, [.. _recent.Where(r => r.Step >= before)], _ratio) { Peak = now };
        examiner.Examine(now.Step, before);
    }

    private IEnumerable<MonitorEvent> Continue(Measurement now, double loss, Open open)
    {
        open.Window.Add(now);
        open.Peak = loss > open.Peak.StepLoss ? now : open.Peak;
        ExamineAgain(now, loss, open);
        open.FirstCalm ??= now;
        if (open.Score.Of(loss) > CalmScore)
        {
            open.FirstCalm = null;
        }

        if (open.FirstCalm is { } calm && now.Step - calm.Step >= CalmBatches - 1)
        {
            return [Close(SpikeOutcome.Recovered, calm, now.Step)];
        }

        if (now.Step - open.Opening.Step <= rules.MaxOpen)
        {
            return [];
        }

        _losses.Clear(); // it has another level from here on
        return [Close(SpikeOutcome.Sustained, now, now.Step)];
    }

    private IEnumerable<MonitorEvent> Diverge(Measurement now)
    {
        _diverged = true;
        if (_open is null)
        {
            Begin(now, _losses.Count > 0 ? RobustScore.Of(_losses) : new RobustScore(_first!.StepLoss, 0));
        }
        else
        {
            _open.Window.Add(now);
            ExamineAgain(now, now.BatchLoss!.Value, _open);
        }

        _open!.Peak = now;
        var loss = Diverges(now.BatchLoss!.Value) ? now.BatchLoss.Value : now.Loss;
        return [Close(SpikeOutcome.Diverged, now, now.Step), new DivergenceEvent(now.Step, loss, _limit)];
    }

    private SpikeEvent Close(SpikeOutcome outcome, Measurement end, long step)
    {
        var (open, peak, onset) = (_open!, _open!.Peak, _open.Window.Onset);
        var evidence = Evidence(open);
        var mechanism = evidence is null ? Mechanism.Unknown : BatchMechanismRules.Decide(outcome, evidence, batchRules);
        (_open, _onset) = (null, step);
        return new SpikeEvent(step)
        {
            Id = open.Id,
            Kind = BatchMechanismRules.Kind(mechanism, evidence),
            Mechanism = mechanism,
            Batch = evidence,
            Outcome = outcome,
            OnsetStep = onset.Step,
            OpenStep = open.Opening.Step,
            PeakStep = peak.Step,
            EndStep = end.Step,
            OnsetLoss = onset.StepLoss,
            PeakLoss = peak.StepLoss,
            Rise = onset.StepLoss is > 0 and < double.PositiveInfinity && peak.StepLoss > 0 ? peak.StepLoss / onset.StepLoss : null,
            Threshold = open.Opening.Threshold,
            SharpnessAtOnset = onset.Sharpness,
            SharpnessPeak = open.Window.Sharpest?.Sharpness,
            SharpnessPeakStep = open.Window.Sharpest?.Step,
            SharpnessAtEnd = end.Sharpness,
            Lambda2AtPeak = peak.Eigenvalues.Count > 1 ? peak.Eigenvalues[1] : null,
            GradientShare = peak.GradientDots.Count > 0 ? [.. peak.GradientDots.Select(d => d * d / (peak.GradientNorm * peak.GradientNorm))] : null,
            ResidualMax = open.Window.ResidualMax,
            Hvps = open.Window.HessianProducts,
            Dtype = FloatingPoint.Name(dtype),
            Layers = LayerEvidence.Of(open.Opening),
        };
    }

    private void ExamineAgain(Measurement now, double loss, Open open)
    {
        open.Rise.Add(now);
        if (Evidence(open) is { } evidence && BatchMechanismRules.Decide(SpikeOutcome.Unfinished, evidence, batchRules) == Mechanism.Noise
            && !(open.Score.Of(loss) <= Again * evidence.Score))
        {
            examiner.Examine(now.Step, open.Rise[0].Step);
        }
    }

    private BatchEvidence? Evidence(Open open) =>
        examiner.Last is { } last && last.Step >= open.Opening.Step ? BatchMechanismRules.Evidence(open, last) : null;

    private void Remember(Measurement now)
    {
        _ratio = now.Ratio ?? _ratio;
        _recent.Add(now);
        var needed = Math.Min(OnsetStep!.Value, IBatchExaminer.Before(now.Step));
        var first = Math.Max(needed, now.Step - rules.MaxOpen);
        _recent.RemoveAll(r => r.Step < first);
    }

    /// <summary>An open spike.</summary>
    /// <param name="Id">Its number.</param>
    /// <param name="Opening">The step at which it opened.</param>
    /// <param name="Score">The losses before it.</param>
    /// <param name="Window">Sums over its steps.</param>
    /// <param name="Rise">The rows from before the rise to the present one.</param>
    /// <param name="LastRatio">The last S/T at the opening.</param>
    internal sealed record Open(int Id, Measurement Opening, RobustScore Score, HillWindow Window, List<Measurement> Rise, double? LastRatio)
    {
        public required Measurement Peak { get; set; }

        /// <summary>The first of the ordinary batches up to now.</summary>
        public Measurement? FirstCalm { get; set; }
    }
}
