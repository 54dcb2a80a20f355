using System.Diagnostics;
using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Explanation;
using LossSpikes.Monitors.Native;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// Watches a training loop that evaluates the objective itself: at each step it measures the curvature, compares the sharpness with
/// the optimizer's threshold, detects crossings and spikes, and hands everything to its sinks.
/// </summary>
/// <remarks>
/// <para>One step of the loop is: ask <see cref="Measures"/>, evaluate the objective accordingly, call
/// <see cref="Observe(long, IDerivatives, StabilityEdge)"/>, update the parameters. At the end call <see cref="Finish"/>. Nothing the
/// monitor does can stop the training: what fails is recorded as a <c>warning</c> event. Not thread-safe: use it on the thread that
/// trains.</para>
/// <para>Cost of a measured step: 1.9 HVPs with k = 1, about three with k = 2 and four with k = 3, and half an HVP more where the
/// optimizer has a preconditioner, for the sharpness of H itself (two where spikes are explained).</para>
/// </remarks>
public sealed class CurvatureMonitor : IDisposable
{
    private const string AnalysisPrefix = "explanation.", BatchPrefix = "batches.";

    private readonly CurvatureMeter _meter;
    private readonly SpikeAnalysis? _analysis;
    private readonly BatchExaminer? _examiner;
    private readonly HashSet<string> _notices = [];
    private readonly EventDetector _events;
    private readonly SpikedHandlers _spiked = new();
    private readonly SinkSet _sinks;
    private readonly MeasurementSchedule _schedule;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _secondsBefore;

    /// <summary>Watches an objective; it stays the caller's.</summary>
    /// <param name="objective">The objective that is minimized.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public CurvatureMonitor(IObjective objective, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks)
        : this(objective, batches: null, options ?? new MonitorOptions(), sinks)
    {
    }

    /// <summary>
    /// Watches an objective that is trained by mini-batches; it stays the caller's. At measured steps loss, gradient and curvature are those of
    /// <see cref="MiniBatches.Measured"/>.
    /// </summary>
    /// <param name="batches">The batches.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public CurvatureMonitor(MiniBatches batches, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks)
        : this(batches.Measured, batches, options ?? new MonitorOptions(), sinks)
    {
    }

    private CurvatureMonitor(IObjective objective, MiniBatches? batches, MonitorOptions options, IEnumerable<IMonitorSink> sinks)
    {
        Nnpack.Settle(); // in a program that TorchSharp has loaded libtorch for
        options = options.Validated();
        _meter = new CurvatureMeter(objective, batches, options);
        _analysis = options.Explain ? new SpikeAnalysis(objective, options.ExplainEvery, forecasts: batches is null) : null;
        _examiner = batches is null ? null : new BatchExaminer(batches, options.BatchSpikes.Others);
        _events = new EventDetector(options, objective, _analysis, _examiner);
        _schedule = new MeasurementSchedule(options.Every, options.Explain);
        _sinks = new SinkSet([.. sinks, _spiked]);
    }

    /// <summary>
    /// Raised on the training thread when a spike has ended and is recorded, after the sinks; <see cref="SpikeEvent.Kind"/> says whether an
    /// instability was behind it. A handler that throws ends all of them with a <c>warning</c>, and training continues.
    /// </summary>
    public event Action<SpikeEvent> Spiked
    {
        add => _spiked.Spiked += value;
        remove => _spiked.Spiked -= value;
    }

    /// <summary>Whether the loss has diverged.</summary>
    public bool Diverged => _events.Diverged;

    /// <inheritdoc cref="Detection.SpikeDetector.OnsetStep"/>
    public long? OnsetStep => _events.OnsetStep;

    /// <summary>The last warning while it lasts, or null: a warning is not repeated.</summary>
    public string? LastWarning { get; private set; }

    /// <summary>Seconds since the run began.</summary>
    public double Seconds => _secondsBefore + _clock.Elapsed.TotalSeconds;

    /// <summary>The state that the next step needs, by name. Owned by the monitor.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _meter.State
        .Concat(NamedState.Add(AnalysisPrefix, _analysis?.State ?? []))
        .Concat(NamedState.Add(BatchPrefix, _examiner?.State ?? [])).ToDictionary();

    /// <summary>Whether the curvature is measured at <paramref name="step"/>.</summary>
    public bool Measures(long step) => _schedule.Measures(step);

    /// <summary>Measures and records one step, at the iterate before its update.</summary>
    /// <param name="step">t, counted from 0 without gaps.</param>
    /// <param name="derivatives">At θ_t, with curvature where <see cref="Measures"/> says so. They stay the caller's.</param>
    /// <param name="edge">The stability edge of the update about to be made.</param>
    public Measurement Observe(long step, IDerivatives derivatives, StabilityEdge edge) =>
        Observe(step, derivatives, edge, update: null);

    /// <summary>The same where the update is known, or the step is one of mini-batches.</summary>
    /// <param name="step">t, counted from 0 without gaps.</param>
    /// <param name="derivatives">Those of <see cref="MiniBatches.Measured"/> at θ_t, with curvature, where <see cref="Measures"/> says so, else null.</param>
    /// <param name="edge">The stability edge of the update about to be made.</param>
    /// <param name="update">d = θ_{t+1} − θ_t, the update about to be made, shape [d]; null where it is not known.</param>
    /// <param name="batch">What the optimizer saw; null where it saw all examples.</param>
    /// <exception cref="ArgumentException">Batch or update are missing although the monitor watches mini-batches.</exception>
    public Measurement Observe(long step, IDerivatives? derivatives, StabilityEdge edge, Tensor? update, BatchStep? batch = null)
    {
        if (_examiner is not null && (batch is null || update is null))
        {
            throw new ArgumentException("a step of mini-batches needs its batch and its update", nameof(batch));
        }

        using var scope = NewDisposeScope();
        _sinks.Begin(() => _meter.Schema(edge), step);
        var seen = new Measurement
        {
            Step = step,
            Loss = derivatives is null ? double.NaN : batch is not null && double.IsNaN(derivatives.Loss) ? double.PositiveInfinity : derivatives.Loss,
            BatchLoss = batch?.Loss,
            Accuracy = derivatives?.Accuracy,
            GradientNorm = derivatives is null ? double.NaN : FlatVector.Norm(derivatives.Gradient),
            Threshold = edge.Threshold.Value,
            LearningRate = edge.Threshold.LearningRate,
        };
        var (audit, refused, failure) = (default(AuditEvent), default(string), default(string));
        if (derivatives is not null && Measures(step) && double.IsFinite(seen.Loss))
        {
            try
            {
                (seen, var point, audit, failure) = _meter.Measure(seen, derivatives, edge, update);
                (seen, refused) = Explained(seen, derivatives, edge);
                seen = _meter.MeasureLast(seen, point);
                LastWarning = seen.Converged ? null : LastWarning;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failure = $"the curvature could not be measured: {NativeError.Reason(e)}";
            }
        }

        _analysis?.Remember(derivatives?.Gradient);
        seen = _examiner?.Observe(seen, batch!, update!, edge, _events.OpenStep) ?? seen;
        seen = Recorded(seen, audit, refused is null ? null : $"the steps are not explained: {refused}", failure);
        _examiner?.Forget();
        return seen;
    }

    /// <summary>Records a step of which only the loss is known: the loss has no gradient there, or nothing requires one.</summary>
    /// <param name="step">t.</param>
    /// <param name="loss">f(θ_t).</param>
    /// <param name="edge">The stability edge of the update about to be made.</param>
    /// <param name="reason">Why nothing else is known, as a sentence.</param>
    public Measurement Observe(long step, double loss, StabilityEdge edge, string reason)
    {
        _sinks.Begin(() => _meter.Schema(edge), step);
        var seen = new Measurement
        {
            Step = step,
            Loss = loss,
            GradientNorm = double.NaN,
            Threshold = edge.Threshold.Value,
            LearningRate = edge.Threshold.LearningRate,
        };
        return Recorded(seen, audit: null, notice: null, reason);
    }

    /// <summary>Forgets what was tracked along θ, whose components differ from <paramref name="step"/> on; the record continues.</summary>
    /// <param name="step">The step that comes next.</param>
    /// <param name="reason">What has changed, as a sentence.</param>
    public void Restart(long step, string reason)
    {
        _meter.Restart();
        _analysis?.Restart();
        Notify(step, reason, again: true);
    }

    private Measurement Recorded(Measurement seen, AuditEvent? audit, string? notice, string? warning)
    {
        seen = seen with { Seconds = Seconds };
        _sinks.Record(seen);
        Emit(notice is null ? null : new WarningEvent(seen.Step, notice));
        Warn(seen.Step, warning);
        Emit(audit);
        foreach (var happened in Detect(seen))
        {
            Emit(happened);
        }

        return seen;
    }

    /// <summary>
    /// Continues an interrupted run as if it had never stopped. Detectors are rebuilt from its measurements; the sinks receive nothing.
    /// </summary>
    /// <param name="past">Every measurement so far, in order.</param>
    /// <param name="audits">The audits that were made.</param>
    /// <param name="state"><see cref="State"/> after the last of them.</param>
    /// <param name="lastWarning"><see cref="LastWarning"/> after the last of them.</param>
    /// <exception cref="InvalidDataException">A measurement lacks numbers that this monitor would have measured.</exception>
    public void Resume(IEnumerable<Measurement> past, IEnumerable<AuditEvent> audits, IReadOnlyDictionary<string, Tensor> state, string? lastWarning)
    {
        _meter.Restore(state);
        _analysis?.Restore(NamedState.Part(AnalysisPrefix, state));
        _examiner?.Restore(NamedState.Part(BatchPrefix, state));
        var auditAt = audits.ToDictionary(a => a.Step);
        foreach (var seen in past)
        {
            try
            {
                Replay(seen, auditAt.GetValueOrDefault(seen.Step));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidDataException($"the measurement of step {seen.Step} lacks numbers that the run needs to continue ({e.Message})", e);
            }
        }

        LastWarning = lastWarning;
    }

    /// <summary>Ends the watch: a spike that is still open is recorded as unfinished.</summary>
    public void Finish()
    {
        foreach (var happened in _events.Finish())
        {
            Emit(happened);
        }
    }

    /// <summary>Releases the tracked vectors; sinks and objective are the caller's.</summary>
    public void Dispose()
    {
        _meter.Dispose();
        _analysis?.Dispose();
        _examiner?.Dispose();
    }

    /// <summary>Records a sentence as a warning, once in a run unless <paramref name="again"/>.</summary>
    internal void Notify(long step, string message, bool again = false)
    {
        if (_notices.Add(message) || again)
        {
            Emit(new WarningEvent(step, message));
        }
    }

    /// <summary>Records a warning, unless it is the last one again.</summary>
    internal void Warn(long step, string? message)
    {
        if (message is not null && message != LastWarning)
        {
            LastWarning = message;
            Emit(new WarningEvent(step, message));
        }
    }

    private void Replay(Measurement seen, AuditEvent? audit)
    {
        if (audit is not null)
        {
            _meter.AuditMade(audit.Adopted);
        }

        _analysis?.Replay(seen);
        Detect(seen);
        _secondsBefore = seen.Seconds;
    }

    private (Measurement Seen, string? Refused) Explained(Measurement seen, IDerivatives derivatives, StabilityEdge edge)
    {
        if (_analysis is null)
        {
            return (seen, null);
        }

        var before = _analysis.Refusal;
        seen = _analysis.Measure(seen, derivatives, edge, _meter.TrackedValues, edge.Directions(_meter.TrackedVectors));
        return (seen, before is null ? _analysis.Refusal : null);
    }

    /// <summary>The events of a step. Whatever happens to the curvature calls for an audit; forecasts and scores do not.</summary>
    private IReadOnlyList<MonitorEvent> Detect(Measurement seen)
    {
        _meter.Observe(seen);
        var events = _events.Observe(seen);
        if (events.Any(e => e is CrossingEvent or SpikeEvent or DivergenceEvent))
        {
            _meter.RequestAudit();
        }

        _schedule.Observe(seen, _events.IsOpen);
        return events;
    }

    private void Emit(MonitorEvent? happened)
    {
        if (happened is not null)
        {
            _sinks.Record(happened);
        }
    }
}
