using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Detection;

/// <summary>
/// Finds loss spikes in the sequence of measurements: hills of the loss's upper envelope e_t = max(L_(t−1), L_t), which covers one period of an
/// oscillation that flips at every step. docs/run-folder.md has the definition; <see cref="RaisedLevel"/> is its threshold.
/// </summary>
/// <param name="rules">The definition of a spike.</param>
/// <param name="dtype">The working precision: it sets the floor below which rises are rounding.</param>
/// <param name="lossScale">The objective's own scale of the loss; 0 where the first loss is the only one.</param>
public sealed class SpikeDetector(SpikeRules rules, ScalarType dtype, double lossScale = 0) : ISpikeDetector
{
    private readonly RaisedLevel _raised = new(rules.MinRise, FloatingPoint.Epsilon(dtype));

    private double _limit;
    private Measurement? _before;
    private HillWindow? _window; // since the onset
    private Calm _calm = new();
    private Hill? _open;
    private int _count;
    private bool _diverged;

    /// <summary>Whether a spike is open.</summary>
    public bool IsOpen => _open is not null;

    /// <summary>The step at which the open spike opened; null where none is open.</summary>
    public long? OpenStep => _open?.Opening.Step;

    /// <summary>
    /// The onset of the open spike, or of the next one: the step at which the envelope was lowest since the last spike ended. Null before the
    /// first step.
    /// </summary>
    public long? OnsetStep => _window?.Onset.Step;

    /// <summary>The events of a step: none, the end of a spike, or a divergence with the spike that it ends.</summary>
    /// <remarks>After a divergence no event follows until a loss is finite and within the limit; then the detector begins again there.</remarks>
    public IEnumerable<MonitorEvent> Observe(Measurement now)
    {
        if (_window is null)
        {
            _limit = rules.DivergenceFactor * Math.Max(Math.Abs(now.Loss), lossScale);
        }

        if (!double.IsFinite(now.Loss) || now.Loss > _limit)
        {
            return _diverged ? [] : Diverge(now);
        }

        _raised.Add(now.Loss);
        if (_window is null || _diverged)
        {
            Begin(now);
            return [];
        }

        _window.Add(now);
        _calm.Add(now);
        var before = _before!;
        _before = now;
        var (envelope, at) = now.Loss >= before.Loss ? (now.Loss, now) : (before.Loss, before);
        if (_open is not null)
        {
            return Continue(now, envelope, at, _window) is { } spike ? [spike] : [];
        }

        if (envelope > _raised.Above(_window.Base))
        {
            Open(now, envelope, at, _window);
        }
        else if (envelope < _window.Base)
        {
            _window = new HillWindow(now, envelope);
        }

        return [];
    }

    /// <summary>Ends the run.</summary>
    /// <returns>The spike that is still open, as unfinished, or null.</returns>
    public SpikeEvent? Finish() => _open is null ? null : Close(SpikeOutcome.Unfinished, _before!, _window!, _before!);

    private void Begin(Measurement now)
    {
        _limit = double.IsFinite(_limit) ? _limit : rules.DivergenceFactor * Math.Max(Math.Abs(now.Loss), lossScale);
        _window = new HillWindow(now, now.Loss);
        _calm = new Calm();
        _calm.Add(now);
        (_before, _diverged) = (now, false);
    }

    private void Open(Measurement now, double envelope, Measurement at, HillWindow window)
    {
        _open = new Hill(++_count, now, _calm.Kind, at, envelope);
        _open.Descend(now, envelope, window);
    }

    private SpikeEvent? Continue(Measurement now, double envelope, Measurement at, HillWindow window)
    {
        var hill = _open!;
        hill.Add(now);
        if (envelope > hill.Top && !(hill.Top > _raised.Above(hill.Bottom)))
        {
            hill.Rise(at, envelope);
            hill.Descend(now, envelope, window);
        }

        if (envelope < hill.Bottom)
        {
            hill.Descend(now, envelope, window);
        }

        var cameDown = hill.Top > _raised.Above(hill.Bottom);
        if (envelope <= _raised.Above(window.Base))
        {
            var recovered = Close(SpikeOutcome.Recovered, now, window, now);
            (_window, _calm) = (new HillWindow(now, envelope), new Calm());
            return recovered;
        }

        if (cameDown && envelope > _raised.Above(hill.Bottom))
        {
            // The next hill begins in the valley of this one.
            var partial = Close(SpikeOutcome.Partial, hill.Valley, hill.ToValley, now);
            (_window, _calm) = (hill.FromValley, hill.CalmSinceValley);
            Open(now, envelope, at, _window);
            return partial;
        }

        if (now.Step - hill.Opening.Step <= rules.MaxOpen)
        {
            return null;
        }

        var last = Close(cameDown ? SpikeOutcome.Partial : SpikeOutcome.Sustained, now, window, now);
        (_window, _calm) = (cameDown ? hill.FromValley : new HillWindow(now, envelope), new Calm());
        return last;
    }

    private IEnumerable<MonitorEvent> Diverge(Measurement now)
    {
        _diverged = true;
        _window ??= new HillWindow(now, now.Loss);
        _window.Add(now);
        _calm.Add(now);
        _open ??= new Hill(++_count, now, _calm.Kind, now, now.Loss);
        _open.Rise(now, now.Loss);
        return [Close(SpikeOutcome.Diverged, now, _window, now), new DivergenceEvent(now.Step, now.Loss, _limit)];
    }

    private SpikeEvent Close(SpikeOutcome outcome, Measurement end, HillWindow window, Measurement now)
    {
        var hill = _open!;
        var peak = hill.Peak;
        var above = _calm.FirstAbove?.Step <= end.Step ? _calm.FirstAbove : null;
        _open = null;
        return new SpikeEvent(now.Step)
        {
            Id = hill.Id,
            Kind = hill.Kind,
            Outcome = outcome,
            OnsetStep = window.Onset.Step,
            OpenStep = hill.Opening.Step,
            PeakStep = peak.Step,
            EndStep = end.Step,
            OnsetLoss = window.Onset.Loss,
            PeakLoss = peak.Loss,
            Rise = window.Onset.Loss is > 0 and < double.PositiveInfinity && peak.Loss > 0 ? peak.Loss / window.Onset.Loss : null,
            Threshold = hill.Opening.Threshold,
            SharpnessAtOnset = window.Onset.Sharpness,
            SharpnessPeak = window.Sharpest?.Sharpness,
            SharpnessPeakStep = window.Sharpest?.Step,
            SharpnessAtEnd = end.Sharpness,
            FirstStepAboveThreshold = above?.Step,
            Lambda2AtPeak = peak.Eigenvalues.Count > 1 ? peak.Eigenvalues[1] : null,
            GradientShare = peak.GradientDots.Count > 0 ? [.. peak.GradientDots.Select(d => d * d / (peak.GradientNorm * peak.GradientNorm))] : null,
            ResidualMax = window.ResidualMax,
            Hvps = window.HessianProducts,
            Dtype = FloatingPoint.Name(dtype),
            Layers = LayerEvidence.Of(above ?? hill.Opening),
        };
    }
}
