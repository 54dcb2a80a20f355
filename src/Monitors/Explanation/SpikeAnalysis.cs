using LossSpikes.Monitors.Forecasts;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// Explanation and forecasts of one run (Damian, Nichani and Lee 2022, arXiv 2209.15594): the measurements at each step, the forecast
/// before a spike and the explanation after it.
/// </summary>
internal sealed class SpikeAnalysis : IDisposable
{
    private const string PlainKey = "plain";

    // Rows kept since the last spike; for a spike that began earlier, the early numbers are left out.
    private const int Kept = 1 << 14;

    private readonly IObjective _objective;
    private readonly int _every;
    private readonly bool _forecasting;
    private readonly double _logPrecision;
    private readonly BurstDetector _bursts = new();
    private readonly CrossingForecaster _crossings;
    private readonly SpikeForecaster _forecasts;
    private readonly List<MonitorEvent> _scores = [];
    private readonly List<Measurement> _rows = [];
    private readonly List<double> _contractions = [];
    private StepExplainer _steps;
    private double _contraction;
    private Mechanism? _last;
    private bool _fromStart = true;
    private bool? _plain;

    /// <param name="objective">The objective that is minimized.</param>
    /// <param name="every">Steps between measurements of ∇S.</param>
    /// <param name="forecasts">Whether spikes are forecast: the theory is that of the full batch.</param>
    public SpikeAnalysis(IObjective objective, int every, bool forecasts = true)
    {
        var epsilon = FloatingPoint.Epsilon(objective.DataType);
        (_objective, _every, _forecasting, _logPrecision) = (objective, every, forecasts, Math.Log(epsilon));
        (_crossings, _forecasts) = (new CrossingForecaster(epsilon), new SpikeForecaster(epsilon));
        _steps = new StepExplainer(objective, every);
    }

    /// <summary>Why ∇S is not measured, as a sentence, or null.</summary>
    public string? Refusal => _steps.Refusal;

    /// <summary>The state that the next step needs, by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        [.. _steps.State, .. _plain is { } plain ? [KeyValuePair.Create(PlainKey, tensor(plain ? 1L : 0L))] : (KeyValuePair<string, Tensor>[])[]];

    /// <summary>Adds the explanation to a measured step. The first time, it checks ∇S, which moves the parameters and back.</summary>
    /// <param name="seen">The measurement so far.</param>
    /// <param name="derivatives">At θ_t, with curvature; they may be invalid afterwards.</param>
    /// <param name="edge">The stability edge of the update about to be made.</param>
    /// <param name="eigenvalues">All tracked eigenvalues.</param>
    /// <param name="directions">Unit vectors along which θ moves with them, shape [m, d].</param>
    public Measurement Measure(Measurement seen, IDerivatives derivatives, StabilityEdge edge, IReadOnlyList<double> eigenvalues, Tensor directions)
    {
        _plain ??= edge.IsPlainGradientDescent && _forecasting;
        seen = seen with { Explanation = _steps.Explain(seen, derivatives, edge, eigenvalues, directions) };
        if (FindBurst(seen) is { } rank)
        {
            var burst = rank == 1 && seen.Explanation is { Alpha: { } alpha, Beta: { } beta }
                ? new Burst(rank, alpha, beta)
                : _steps.Measure(rank, derivatives, eigenvalues, directions);
            seen = seen with { Explanation = seen.Explanation! with { Burst = burst } };
        }

        // Last, since the derivatives may be invalid after the check.
        return _steps.Checked(seen, directions);
    }

    /// <summary>
    /// Keeps the gradient of a step, measured or not: oscillations are differences of the last three. Null where it was not evaluated: those
    /// of earlier steps are then forgotten.
    /// </summary>
    public void Remember(Tensor? gradient) => _steps.Remember(gradient);

    /// <summary>Adds a step, before the spikes that end at it are explained.</summary>
    public void Observe(Measurement seen)
    {
        _forecasts.Remember(seen);
        if (seen.Explanation is null)
        {
            return;
        }

        if (_rows.Count > 0 && _rows[^1] is var last && _plain == true)
        {
            // The steps since the last measurement had about its curvature.
            _contraction += (seen.Step - last.Step) * Math.Log(Math.Abs(1 - (last.LearningRate!.Value * last.Sharpness!.Value)));
        }

        _rows.Add(seen);
        _contractions.Add(_contraction);
        if (_rows.Count > 2 * Kept)
        {
            _rows.RemoveRange(0, Kept);
            _contractions.RemoveRange(0, Kept);
        }
    }

    /// <summary>The spike with its explanation; the next one begins after it.</summary>
    public SpikeEvent Explain(SpikeEvent spike)
    {
        _scores.AddRange(_forecasts.Score(spike));
        var explained = !spike.IsInstability ? spike with { Mechanism = Mechanism.Unknown } // the curvature says nothing about it
            : SpikeWindow.Of(_rows, spike, _fromStart) is { } window ? Explain(spike, window)
            : spike with { Mechanism = Mechanism.Unknown, LeftOut = ["everything: the curvature was not measured while the spike rose"] };
        _last = explained.Mechanism ?? _last;
        Forget(spike.EndStep);
        _fromStart = false;
        return explained;
    }

    /// <summary>Scores and forecasts of a step, after its other events.</summary>
    /// <param name="seen">The step.</param>
    /// <param name="open">The step at which the spike opened that is open now, or null.</param>
    public IEnumerable<MonitorEvent> Forecast(Measurement seen, long? open)
    {
        var scores = _scores.ToArray();
        _scores.Clear();
        return _forecasting ? [.. scores, .. _crossings.Observe(seen), .. _forecasts.Observe(seen, open)] : [];
    }

    /// <summary>The forecasts that have not come true by the end.</summary>
    public IEnumerable<MonitorEvent> Finish(long step) => [.. _scores, .. _crossings.Finish(step), .. _forecasts.Finish(step)];

    /// <summary>Forgets the gradients and modes of earlier steps: θ has other components from here on.</summary>
    public void Restart()
    {
        _steps.Dispose();
        _steps = new StepExplainer(_objective, _every);
    }

    /// <summary>Replays the measurement of a step of an interrupted run; its events were recorded then.</summary>
    public void Replay(Measurement seen) => FindBurst(seen);

    /// <summary>Continues from a <see cref="State"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _steps.Restore(state);
        _plain = state.TryGetValue(PlainKey, out var plain) ? plain.item<long>() != 0 : null;
    }

    public void Dispose() => _steps.Dispose();

    /// <summary>Forgets the steps before the end of a spike: what comes is measured from there.</summary>
    private void Forget(long end)
    {
        var past = Math.Min(_rows.TakeWhile(r => r.Step < end).Count(), Math.Max(0, _rows.Count - 1));
        var passed = past < _contractions.Count ? _contractions[past] : 0;
        _rows.RemoveRange(0, past);
        _contractions.RemoveRange(0, past);
        for (var i = 0; i < _contractions.Count; i++)
        {
            _contractions[i] -= passed;
        }

        _contraction -= passed;
    }

    private int? FindBurst(Measurement seen) => _plain == true ? _bursts.Observe(seen) : null;

    private SpikeEvent Explain(SpikeEvent spike, SpikeWindow window)
    {
        var plain = _plain == true;
        var evidence = MechanismRules.Evidence(spike, window);
        var (mechanism, cause) = MechanismRules.Decide(spike, evidence, _last == Mechanism.SustainedOscillation);
        var fit = new SelfStabilizationFit(spike, window, evidence, plain, Refusal);
        var contraction = plain && window.Crossing is { } crossing ? _contractions[crossing] : (double?)null;
        return spike with
        {
            Mechanism = mechanism,
            Cause = cause,
            Evidence = evidence,
            CrossingStep = window.Crossing is { } c ? window.Rows[c].Step : null,
            LogContraction = contraction,
            Seed = contraction is null ? null : contraction < _logPrecision ? PerturbationSource.Rounding : PerturbationSource.Memory,
            GrowthPerStep = fit.Growth(),
            SharpnessChange = fit.Change(),
            Height = fit.Height(),
            Alignment = fit.Alignment(),
            LeftOut = fit.LeftOut,
        };
    }
}
