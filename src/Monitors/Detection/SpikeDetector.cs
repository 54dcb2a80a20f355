using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Detection;

/// <summary>
/// Finds loss spikes in the sequence of measurements. A spike opens at the first loss above (1 + min_rise)·B, where B is the
/// lowest loss since the last spike ended, that step included; it ends at the first loss not above it.
/// </summary>
/// <param name="rules">The definition of a spike.</param>
/// <param name="dtype">The working precision: it sets the floor below which rises are rounding.</param>
public sealed class SpikeDetector(SpikeRules rules, ScalarType dtype)
{
    // A relative rise of something smaller is rounding at convergence, not a spike.
    private readonly double _epsilon = FloatingPoint.Epsilon(dtype);

    private double? _lossAtStart;
    private Window? _window;
    private OpenSpike? _open;
    private int _count;
    private long? _firstAbove;
    private bool _over;

    /// <summary>Whether a spike is open.</summary>
    public bool IsOpen => _open is not null;

    /// <summary>
    /// The onset of the open spike, or of the next one: the step of the lowest loss since the last spike ended. Null before the first
    /// step.
    /// </summary>
    public long? OnsetStep => _window?.Onset.Step;

    /// <summary>The events of a step: none, the end of a spike, or a divergence with the spike that it ends. No event follows a divergence.</summary>
    public IEnumerable<MonitorEvent> Observe(Measurement now)
    {
        if (_over)
        {
            yield break;
        }

        _lossAtStart ??= now.Loss;
        _window ??= new Window(now);
        if (now.Sharpness > now.Threshold)
        {
            _firstAbove ??= now.Step;
        }

        var limit = rules.DivergenceFactor * _lossAtStart.Value;
        var diverged = !double.IsFinite(now.Loss) || now.Loss > limit;
        var loss = Floored(now.Loss);
        if (_open is null && loss < Floored(_window.Onset.Loss))
        {
            _window = new Window(now);
        }
        else if (now.Step > _window.Onset.Step)
        {
            _window.Add(now);
        }

        var high = !(loss <= (1 + rules.MinRise) * Floored(_window.Onset.Loss));
        if (_open is null && (high || diverged))
        {
            _open = new OpenSpike(++_count, now);
        }

        if (_open is null)
        {
            yield break;
        }

        _open.Add(now);
        if (diverged)
        {
            _over = true;
            yield return Close(SpikeOutcome.Diverged, now);
            yield return new DivergenceEvent(now.Step, now.Loss, limit);
        }
        else if (!high)
        {
            yield return Close(SpikeOutcome.Recovered, now);
        }
        else if (now.Step - _open.Opening.Step > rules.MaxOpen)
        {
            yield return Close(SpikeOutcome.Sustained, now);
        }
    }

    /// <summary>Ends the run.</summary>
    /// <returns>The spike that is still open, as unfinished, or null.</returns>
    public SpikeEvent? Finish() => _open is null ? null : Close(SpikeOutcome.Unfinished, _window!.Last);

    private SpikeEvent Close(SpikeOutcome outcome, Measurement end)
    {
        var (window, open) = (_window!, _open!);
        var peak = open.Peak;
        var spike = new SpikeEvent(end.Step)
        {
            Id = open.Id,
            Outcome = outcome,
            OnsetStep = window.Onset.Step,
            OpenStep = open.Opening.Step,
            PeakStep = peak.Step,
            EndStep = end.Step,
            OnsetLoss = window.Onset.Loss,
            PeakLoss = peak.Loss,
            Rise = Floored(peak.Loss) / Floored(window.Onset.Loss),
            Threshold = open.Opening.Threshold,
            SharpnessAtOnset = window.Onset.Sharpness,
            SharpnessPeak = window.Sharpest?.Sharpness,
            SharpnessPeakStep = window.Sharpest?.Step,
            SharpnessAtEnd = end.Sharpness,
            FirstStepAboveThreshold = _firstAbove,
            Lambda2AtPeak = peak.Eigenvalues.Count > 1 ? peak.Eigenvalues[1] : null,
            GradientShare = peak.GradientDots.Count > 0 ? [.. peak.GradientDots.Select(d => d * d / (peak.GradientNorm * peak.GradientNorm))] : null,
            ResidualMax = window.ResidualMax,
            Hvps = window.HessianProducts,
            Dtype = FloatingPoint.Name(dtype),
        };
        _open = null;
        _window = new Window(end);
        _firstAbove = null;
        return spike;
    }

    private double Floored(double loss) => loss < _epsilon * _lossAtStart!.Value ? _epsilon * _lossAtStart.Value : loss;

    /// <summary>The steps since the onset.</summary>
    private sealed class Window
    {
        public Window(Measurement onset)
        {
            Onset = onset;
            Add(onset);
        }

        public Measurement Onset { get; }

        public Measurement Last { get; private set; } = null!;

        public Measurement? Sharpest { get; private set; }

        public double? ResidualMax { get; private set; }

        public long HessianProducts { get; private set; }

        public void Add(Measurement now)
        {
            Last = now;
            HessianProducts += now.HessianProducts;
            if (now.Sharpness is not null && !(now.Sharpness <= Sharpest?.Sharpness))
            {
                Sharpest = now;
            }

            if (now.Residual is not null && !(now.Residual <= ResidualMax))
            {
                ResidualMax = now.Residual;
            }
        }
    }

    private sealed class OpenSpike(int id, Measurement opening)
    {
        public int Id { get; } = id;

        public Measurement Opening { get; } = opening;

        public Measurement Peak { get; private set; } = opening;

        public void Add(Measurement now)
        {
            // A loss that is not a number counts as the highest.
            if (now.Loss > Peak.Loss || (double.IsNaN(now.Loss) && !double.IsNaN(Peak.Loss)))
            {
                Peak = now;
            }
        }
    }
}
