using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The hook for a training loop of your own: at each step it evaluates the loss, measures the largest eigenvalues of the Hessian (of the
/// matrix of <see cref="StabilityEdge"/> under an adaptive optimizer, groups of parameters or weight decay), compares them with the
/// optimizer's threshold, detects crossings and spikes, and hands everything to its sinks.
/// </summary>
/// <remarks>
/// <para>Call <see cref="Observe(long)"/> once per step, after <c>backward()</c>, before clipping and <c>step()</c>. It leaves the parameters,
/// their <c>.grad</c>, the buffers of modules, the random state of the CPU and the variables that the loss function assigns as they
/// were. Nothing it does can stop the training: what fails is recorded as a <c>warning</c> event. Not thread-safe: use it on the thread that
/// trains.</para>
/// <para>Which parameters are watched, and with what learning rate and state they are updated, is read again at each step: schedulers,
/// frozen layers and new groups need no call.</para>
/// <para>Cost of a step: one gradient, and where the curvature is measured the HVPs of a <see cref="CurvatureMonitor"/>. The first step, and
/// one in <see cref="MonitorOptions.AuditEvery"/> or 100, evaluates the loss twice more to see whether it repeats.</para>
/// </remarks>
public sealed class SharpnessMonitor : IDisposable
{
    private readonly IObjective _objective;
    private readonly CurvatureMonitor _monitor;
    private readonly int _checkEvery;
    private readonly IReadOnlyList<string> _remarks;
    private readonly Func<IReadOnlyList<Tensor>>? _parameters; // null where the objective keeps them to itself
    private Func<Tensor?, StabilityEdge> _edgeAt; // given the gradient, where there is one
    private long? _last;
    private long _nextCheck = long.MinValue;

    private SharpnessMonitor(WatchedLoss loss, MonitorOptions options, IEnumerable<IMonitorSink> sinks)
        : this(loss.Objective, loss.Edge, options, sinks) => (_parameters, _remarks) = (loss.Parameters, loss.Remarks);

    private SharpnessMonitor(IObjective objective, Func<Tensor?, StabilityEdge> edge, MonitorOptions options, IEnumerable<IMonitorSink> sinks)
    {
        (_objective, _edgeAt, _monitor, _remarks) = (objective, edge, new CurvatureMonitor(objective, options, sinks), []);
        _checkEvery = options.AuditEvery is 0 ? int.MaxValue : options.AuditEvery ?? Auditor.Shortest;
    }

    /// <summary>
    /// Watches the parameters of one of TorchSharp's optimizers. For SGD, Adam, AdamW and RMSProp, threshold and matrix follow from its groups
    /// and its state at each step; for another optimizer the sharpness is measured and no ratio is formed.
    /// </summary>
    /// <param name="optimizer">The optimizer; it is only read.</param>
    /// <param name="loss">The loss at the present values of the parameters, a new graph at each call: of the full batch, or of the batch of
    /// this step. Modules that it captures keep their buffers.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentException">No parameter requires gradients, dtypes or devices differ, or an option is out of range.</exception>
    public static SharpnessMonitor Watch(
        optim.Optimizer optimizer, Func<Tensor> loss, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(WatchedLoss.Of(optimizer, null, loss, options ??= new MonitorOptions()), options, sinks);

    /// <summary>
    /// The same for a module: messages then name its parameters, and its buffers (BatchNorm's statistics) are left alone even where
    /// the loss function does not capture it. Watched are the parameters of the module that the optimizer updates.
    /// </summary>
    /// <param name="module">The network, or a part of it.</param>
    /// <param name="optimizer">The optimizer; it is only read.</param>
    /// <param name="loss">The loss at the present values of the parameters, a new graph at each call.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentException">No parameter requires gradients, dtypes or devices differ, or an option is out of range.</exception>
    public static SharpnessMonitor Watch(
        nn.Module module, optim.Optimizer optimizer, Func<Tensor> loss, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(WatchedLoss.Of(optimizer, module, loss, options ??= new MonitorOptions()), options, sinks);

    /// <summary>Watches a loop with an update rule of its own.</summary>
    /// <param name="parameters">The parameters that are trained; the sequence is read again at each step.</param>
    /// <param name="loss">The loss at their present values, a new graph at each call.</param>
    /// <param name="edge">The optimizer's stability edge; a threshold will do for an optimizer that acts on the Hessian itself.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentException">No parameter requires gradients, dtypes or devices differ, or an option is out of range.</exception>
    public static SharpnessMonitor Watch(
        IEnumerable<Tensor> parameters, Func<Tensor> loss, StabilityEdge edge, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(WatchedLoss.Of(parameters, loss, edge, options ??= new MonitorOptions()), options, sinks);

    /// <summary>
    /// Watches the loss over all examples of a network. Where <see cref="FullBatch.Objective"/> knows the layers, an HVP costs about as much as a
    /// gradient; through a loss function it costs 1.5 to 2 gradients.
    /// </summary>
    /// <param name="batch">The network, its examples and the loss.</param>
    /// <param name="optimizer">Updates all trainable parameters of the network; it is only read.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static SharpnessMonitor Watch(
        FullBatch batch, optim.Optimizer optimizer, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(WatchedLoss.Of(batch, optimizer, options ??= new MonitorOptions()), options, sinks);

    /// <summary>Watches an objective; it stays the caller's.</summary>
    /// <param name="objective">The objective that is minimized, such as that of a <see cref="FullBatch"/>.</param>
    /// <param name="edge">The optimizer's stability edge.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static SharpnessMonitor Watch(IObjective objective, StabilityEdge edge, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(objective, _ => edge, options ?? new MonitorOptions(), sinks);

    /// <inheritdoc cref="CurvatureMonitor.Spiked"/>
    public event Action<SpikeEvent> Spiked
    {
        add => _monitor.Spiked += value;
        remove => _monitor.Spiked -= value;
    }

    /// <summary>Whether the loss has diverged.</summary>
    public bool Diverged => _monitor.Diverged;

    /// <summary>Whether the curvature is measured at <paramref name="step"/>.</summary>
    public bool Measures(long step) => _monitor.Measures(step);

    /// <summary>Evaluates the objective at the present parameters and observes it.</summary>
    /// <param name="step">t, counted from 0 without gaps. A step that repeats or runs backwards is not recorded.</param>
    /// <returns>The measurement, or null where even the loss could not be evaluated.</returns>
    public Measurement? Observe(long step) => ObserveStep(step, given: null);

    /// <summary>
    /// The same where the loop hands over the loss whose <c>backward()</c> has filled <c>.grad</c>. At a step whose curvature is not measured
    /// (<see cref="MonitorOptions.Every"/>), nothing is evaluated again; at the others the loss function is.
    /// </summary>
    /// <param name="step">t, counted from 0 without gaps. A step that repeats or runs backwards is not recorded.</param>
    /// <param name="loss">The loss of this step, one number: what the loss function would return. Gradients are neither clipped nor scaled yet.</param>
    /// <returns>The measurement, or null where even the loss could not be evaluated.</returns>
    /// <exception cref="ArgumentException">The loss is not one number.</exception>
    public Measurement? Observe(long step, Tensor loss) => loss.IsInvalid || loss.numel() != 1
        ? throw new ArgumentException("the loss must be one number, and not be disposed", nameof(loss))
        : ObserveStep(step, loss);

    /// <summary>The same with another stability edge, from this step on: the learning rate has changed, or the preconditioner has.</summary>
    /// <param name="step">t, counted from 0 without gaps. A step that repeats or runs backwards is not recorded.</param>
    /// <param name="edge">The edge of the update about to be made.</param>
    /// <returns>The measurement, or null where even the loss could not be evaluated.</returns>
    public Measurement? Observe(long step, StabilityEdge edge)
    {
        _edgeAt = _ => edge;
        return Observe(step);
    }

    /// <summary>Ends the watch: a spike that is still open is recorded as unfinished.</summary>
    public void Finish() => _monitor.Finish();

    /// <summary>Releases the tracked vectors; sinks, parameters, optimizer and objective are the caller's.</summary>
    public void Dispose() => _monitor.Dispose();

    private Measurement? ObserveStep(long step, Tensor? given)
    {
        if (step <= _last)
        {
            _monitor.Notify(_last.Value, $"step {step} comes after step {_last}: steps must increase, and this one is not recorded");
            return null;
        }

        using var _ = enable_grad();
        var first = _last is null;
        _last = step;
        List<string> notices = [.. first ? _remarks : []];
        try
        {
            if (_objective.Refresh() is { } changes && !first)
            {
                _monitor.Restart(step, changes);
                _nextCheck = step;
            }

            if (step >= _nextCheck && (given is null || Measures(step)) && _objective is AutogradObjective loss)
            {
                _nextCheck = step + _checkEvery;
                if (loss.Repeatability() is { } problem)
                {
                    notices.Add(problem);
                    _nextCheck = long.MaxValue; // one sentence is enough
                }
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The evaluation below meets the same problem and reports it.
        }

        var seen = Evaluate(step, given);
        notices.AddRange(_objective.TakeNotices());
        notices.ForEach(notice => _monitor.Notify(step, notice));
        return seen;
    }

    private Measurement? Evaluate(long step, Tensor? given)
    {
        using var scope = NewDisposeScope(); // of the edge's tensors
        IDerivatives derivatives;
        try
        {
            derivatives = Measures(step) || given is null || Given(given) is not { } known ? _objective.Evaluate(Measures(step)) : known;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return ObserveLoss(step, NativeError.Reason(e));
        }

        using (derivatives)
        {
            return _monitor.Observe(step, derivatives, EdgeAt(step, derivatives.Gradient));
        }
    }

    /// <summary>The loss and the gradients of the loop; null where it has left none.</summary>
    private GivenDerivatives? Given(Tensor loss)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var gradients = (_parameters?.Invoke() ?? []).Select(p => (Parameter: p, Gradient: p.grad is { IsInvalid: false } g ? g : null)).ToList();
        return gradients.TrueForAll(g => g.Gradient is null)
            ? null
            : new GivenDerivatives(
                loss.detach().to(ScalarType.Float64).cpu().item<double>(),
                FlatVector.Join([.. gradients.Select(g => g.Gradient ?? zeros_like(g.Parameter))]).DetachFromDisposeScope());
    }

    /// <summary>Records the loss alone, where at least that can be evaluated.</summary>
    private Measurement? ObserveLoss(long step, string reason)
    {
        double loss;
        try
        {
            loss = _objective.EvaluateLoss();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _monitor.Warn(step, $"the loss could not be evaluated: {reason}");
            return null;
        }

        return _monitor.Observe(step, loss, EdgeAt(step, gradient: null), reason);
    }

    private StabilityEdge EdgeAt(long step, Tensor? gradient)
    {
        try
        {
            return _edgeAt(gradient);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _monitor.Notify(step, $"the threshold is not known: {NativeError.Reason(e)}");
            return StabilityThreshold.None;
        }
    }
}
