using System.Diagnostics;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Detection;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Explanation;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Records;
using LossSpikes.Monitors.Stability;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// The hook: at each step of full-batch training it measures the largest eigenvalues of the Hessian (of P⁻¹(H + λI) under an
/// adaptive optimizer or weight decay), compares them with the optimizer's threshold, finds crossings and spikes, and hands
/// all of it to its sinks.
/// </summary>
/// <remarks>
/// <para>Call <see cref="Observe(long)"/> once per step, at the iterate, before its update. It reads the parameters and leaves
/// them, their <c>.grad</c> and the random state as they were. Nothing it does can stop the training: what fails is reported
/// as a <c>warning</c> event. Not thread-safe: use it on the thread that trains.</para>
/// <para>Cost of a measured step: one gradient, some two HVPs with k = 1, three with k = 2 and four with k = 3, and two more where the optimizer has a
/// preconditioner, for the sharpness of H itself; of any other step, one gradient.</para>
/// </remarks>
public sealed class SharpnessMonitor : IDisposable
{
    private const string RawPrefix = "raw.", StoryPrefix = "explanation.";

    private readonly IObjective _objective;
    private readonly MonitorOptions _options;
    private readonly List<IMonitorSink> _sinks;
    private readonly EigenTracker _tracker;
    private readonly EigenTracker _raw;
    private readonly Auditor _auditor;
    private readonly CrossingDetector _crossings = new();
    private readonly SpikeDetector _spikes;
    private readonly SpikeAnalysis? _story;
    private readonly MeasurementSchedule _schedule;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _secondsBefore;
    private long _lastStep;

    /// <summary>Watches an objective; it stays the caller's. Set <see cref="Edge"/> before the first step.</summary>
    /// <param name="objective">What is being minimized.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Who is told.</param>
    public SharpnessMonitor(IObjective objective, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks)
    {
        (_objective, _options, _sinks) = (objective, options ?? new MonitorOptions(), [.. sinks]);
        // An explanation wants every guard's value, seen and not predicted.
        _tracker = new EigenTracker(_options.Eigenvalues, _options.Guards, _options.Tolerance, resting: !_options.Explain);
        _raw = new EigenTracker(1, _options.Guards, _options.Tolerance);
        _auditor = new Auditor(_options);
        _schedule = new MeasurementSchedule(_options.Every);
        _spikes = new SpikeDetector(_options.Spikes, objective.DataType.ToString().ToLowerInvariant());
        _story = _options.Explain ? new SpikeAnalysis(objective, _options.ExplainEvery) : null;
    }

    /// <summary>Watches a hand-written training loop.</summary>
    /// <param name="parameters">The parameters being trained.</param>
    /// <param name="loss">The full-batch loss at their present values, built anew at each call, deterministic (no dropout).</param>
    /// <param name="edge">The optimizer's edge of stability; a threshold will do for one that acts on the Hessian itself.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Who is told.</param>
    public static SharpnessMonitor Watch(
        IEnumerable<Tensor> parameters, Func<Tensor> loss, StabilityEdge edge, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(new AutogradObjective(parameters, () => new LossTerm(loss())), options, sinks) { Edge = edge };

    /// <summary>
    /// The edge of stability of the update about to be made: set it before the step is observed, when the learning rate changes
    /// and, for an adaptive optimizer, at every step.
    /// </summary>
    public StabilityEdge Edge { get; set; } = StabilityThreshold.None;

    /// <summary>Whether the loss has diverged.</summary>
    public bool Diverged { get; private set; }

    /// <inheritdoc cref="SpikeDetector.OnsetStep"/>
    public long? OnsetStep => _spikes.OnsetStep;

    /// <summary>Whether the curvature is measured at <paramref name="step"/>.</summary>
    public bool Measures(long step) => _schedule.Measures(step);

    /// <summary>Evaluates the objective at the present parameters and observes it.</summary>
    /// <param name="step">t, counted from 0 without gaps.</param>
    /// <returns>What was seen, or null where even the loss could not be evaluated.</returns>
    public Measurement? Observe(long step)
    {
        IDerivatives derivatives;
        try
        {
            derivatives = _objective.Evaluate(Measures(step));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Complain(step, $"the objective could not be evaluated: {e.Message}");
            return null;
        }

        using (derivatives)
        {
            return Observe(step, derivatives);
        }
    }

    /// <summary>Observes derivatives that the training step uses too, so that loss and gradient are computed once.</summary>
    /// <param name="step">t, counted from 0 without gaps.</param>
    /// <param name="derivatives">Taken at the present point, with curvature where <see cref="Measures"/> says so.</param>
    public Measurement Observe(long step, IDerivatives derivatives)
    {
        using var scope = NewDisposeScope();
        var seen = new Measurement
        {
            Step = step,
            Loss = derivatives.Loss,
            Accuracy = derivatives.Accuracy,
            GradientNorm = derivatives.Gradient.to(ScalarType.Float64).norm().item<double>(),
            Threshold = Edge.Threshold.Value,
        };
        AuditEvent? audit = null;
        if (Measures(step) && double.IsFinite(seen.Loss))
        {
            try
            {
                (seen, audit) = Measure(seen, derivatives);
                Complaint = seen.Converged ? null : Complaint;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Complain(step, $"the curvature could not be measured: {e.Message}");
            }
        }

        _story?.Remember(derivatives.Gradient);
        seen = seen with { Seconds = Seconds };
        Tell(sink => sink.Record(seen), step);
        if (!seen.Converged)
        {
            Complain(step, "not every eigenvalue met the tolerance; see the residual");
        }

        Tell(audit);
        foreach (var happened in Detect(seen))
        {
            Expect(happened);
            Tell(happened);
        }

        return seen;
    }

    /// <summary>What the eigenpairs of the next step start from, by name. Owned by the monitor.</summary>
    public IReadOnlyDictionary<string, Tensor> State =>
        _tracker.State
            .Concat(Prefixed(RawPrefix, _raw.State))
            .Concat(Prefixed(StoryPrefix, _story?.State ?? []))
            .ToDictionary();

    /// <summary>What the monitor last complained of, or null: it does not repeat itself while that lasts.</summary>
    public string? Complaint { get; private set; }

    /// <summary>Seconds that the watch has lasted.</summary>
    public double Seconds => _secondsBefore + _clock.Elapsed.TotalSeconds;

    /// <summary>
    /// Goes on with a watch that was broken off, as if it never had been. Detectors are rebuilt by looking at its measurements
    /// again; the sinks are told nothing.
    /// </summary>
    /// <param name="past">Every measurement so far, in order.</param>
    /// <param name="audits">The steps at which audits were made.</param>
    /// <param name="state"><see cref="State"/> after the last of them.</param>
    /// <param name="complaint"><see cref="Complaint"/> after the last of them.</param>
    public void Resume(IEnumerable<Measurement> past, IReadOnlySet<long> audits, IReadOnlyDictionary<string, Tensor> state, string? complaint)
    {
        foreach (var seen in past)
        {
            if (audits.Contains(seen.Step))
            {
                _auditor.Done(seen.Step);
            }

            _story?.Recall(seen);
            foreach (var happened in Detect(seen))
            {
                Expect(happened);
            }

            _secondsBefore = seen.Seconds;
        }

        _tracker.Restore(state);
        _raw.Restore(Stripped(RawPrefix, state));
        _story?.Restore(Stripped(StoryPrefix, state));
        Complaint = complaint;
    }

    /// <summary>Ends the watch: a spike that is still open is recorded as unfinished.</summary>
    public void Finish()
    {
        foreach (var happened in Ended())
        {
            Tell(happened);
        }
    }

    /// <summary>Releases the tracked vectors; sinks and objective are the caller's.</summary>
    public void Dispose()
    {
        _tracker.Dispose();
        _raw.Dispose();
        _story?.Dispose();
    }

    private IEnumerable<MonitorEvent> Detect(Measurement seen)
    {
        if (_crossings.Observe(seen) is { } crossing)
        {
            yield return crossing;
        }

        _story?.Observe(seen);
        foreach (var happened in _spikes.Observe(seen))
        {
            Diverged |= happened is DivergenceEvent;
            yield return happened is SpikeEvent spike && _story is not null ? _story.Explain(spike) : happened;
        }

        foreach (var told in _story?.Tell(seen) ?? [])
        {
            yield return told;
        }

        _schedule.Observe(seen, _spikes.IsOpen);
        _lastStep = seen.Step;
    }

    /// <summary>Whatever happens to the curvature calls for an audit; forecasts do not happen.</summary>
    private void Expect(MonitorEvent happened)
    {
        if (happened is CrossingEvent or SpikeEvent or DivergenceEvent)
        {
            _auditor.Expect();
        }
    }

    private IEnumerable<MonitorEvent> Ended()
    {
        if (_spikes.Finish() is { } spike)
        {
            yield return _story?.Explain(spike) ?? spike;
        }

        foreach (var told in _story?.Finish(_lastStep) ?? [])
        {
            yield return told;
        }
    }

    private (Measurement, AuditEvent?) Measure(Measurement seen, IDerivatives derivatives)
    {
        var hessian = new HessianOperator(derivatives);
        var matrix = Edge.Matrix(hessian);
        var point = _objective.GetParameters();
        var pairs = _tracker.Update(matrix, point);
        var products = pairs.Products;
        AuditEvent? audit = null;
        if (_auditor.IsDue(seen.Step))
        {
            var cold = _tracker.Cold(matrix, _options.Seed + seen.Step);
            audit = _auditor.Compare(seen.Step, pairs, cold);
            products += cold.Products;
            pairs = audit.Adopted ? _tracker.Adopt(cold, point) : pairs;
        }

        var raw = Edge.Preconditioner is null ? null : Raw(hessian, point, audit is not null);
        var dots = Edge.Directions(pairs.Vectors).mv(derivatives.Gradient).to(ScalarType.Float64).cpu();
        seen = seen with
        {
            Eigenvalues = pairs.Values,
            GradientDots = [.. dots.data<double>()],
            HessianSharpness = raw?.Values[0],
            Residual = pairs.Residuals.Max(),
            Converged = pairs.Converged.All(c => c) && raw?.Converged[0] != false,
            Products = products + (raw?.Products ?? 0),
        };
        return (_story is null ? seen : Explained(seen, derivatives), audit);
    }

    private Measurement Explained(Measurement seen, IDerivatives derivatives)
    {
        var refusal = _story!.Refusal;
        var explained = _story.Measure(seen, derivatives, Edge, _tracker.BlockValues, Edge.Directions(_tracker.BlockVectors));
        if (_story.Refusal is { } why && refusal is null)
        {
            Tell(new WarningEvent(seen.Step, $"the steps are not explained: {why}"));
        }

        return explained;
    }

    /// <summary>The largest eigenvalue of H itself; found anew at every audit, so that it needs none of its own.</summary>
    private Eigenpairs Raw(HessianOperator hessian, Tensor point, bool anew) =>
        anew ? _raw.Adopt(_raw.Cold(hessian, _options.Seed), point) : _raw.Update(hessian, point);

    private static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, IEnumerable<KeyValuePair<string, Tensor>> state) =>
        state.Select(t => KeyValuePair.Create(prefix + t.Key, t.Value));

    private static Dictionary<string, Tensor> Stripped(string prefix, IReadOnlyDictionary<string, Tensor> state) =>
        state.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);

    /// <summary>Says what went wrong, once for as long as it stays the same.</summary>
    private void Complain(long step, string message)
    {
        if (message != Complaint)
        {
            Complaint = message;
            Tell(new WarningEvent(step, message));
        }
    }

    private void Tell(MonitorEvent? happened)
    {
        if (happened is not null)
        {
            Tell(sink => sink.Record(happened), happened.Step);
        }
    }

    private void Tell(Action<IMonitorSink> tell, long step)
    {
        foreach (var sink in _sinks.ToArray())
        {
            try
            {
                tell(sink);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _sinks.Remove(sink);
                Tell(new WarningEvent(step, $"{sink.GetType().Name} failed and is no longer told: {e.Message}"));
            }
        }
    }
}
