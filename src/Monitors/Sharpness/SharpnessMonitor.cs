using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The hook for a training loop of your own: at each step of full-batch training it evaluates the loss, measures the largest
/// eigenvalues of the Hessian (of P⁻¹(H + λI) under an adaptive optimizer or weight decay), compares them with the optimizer's
/// threshold, detects crossings and spikes, and hands everything to its sinks.
/// </summary>
/// <remarks>
/// <para>Call <see cref="Observe(long)"/> once per step, at the iterate, before its update. It reads the parameters and leaves
/// them, their <c>.grad</c> and the random state as they were. Nothing it does can stop the training: what fails is recorded
/// as a <c>warning</c> event. Not thread-safe: use it on the thread that trains.</para>
/// <para>Cost of a step: one gradient, and where the curvature is measured the HVPs of a <see cref="CurvatureMonitor"/>.</para>
/// </remarks>
public sealed class SharpnessMonitor : IDisposable
{
    private readonly IObjective _objective;
    private readonly CurvatureMonitor _monitor;
    private StabilityEdge _edge;

    private SharpnessMonitor(IObjective objective, StabilityEdge edge, MonitorOptions? options, IEnumerable<IMonitorSink> sinks) =>
        (_objective, _edge, _monitor) = (objective, edge, new CurvatureMonitor(objective, options, sinks));

    /// <summary>Watches a hand-written training loop.</summary>
    /// <param name="parameters">The parameters that are trained.</param>
    /// <param name="loss">The full-batch loss at their present values, a new graph at each call, deterministic (no dropout).</param>
    /// <param name="edge">The optimizer's stability edge; a threshold will do for an optimizer that acts on the Hessian itself.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="ArgumentException">No parameter requires gradients, or dtypes or devices differ.</exception>
    public static SharpnessMonitor Watch(
        IEnumerable<Tensor> parameters, Func<Tensor> loss, StabilityEdge edge, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(new AutogradObjective(parameters, () => new LossTerm(loss())), edge, options, sinks);

    /// <summary>Watches an objective; it stays the caller's.</summary>
    /// <param name="objective">The objective that is minimized, such as that of a <see cref="Networks.FullBatch"/>.</param>
    /// <param name="edge">The optimizer's stability edge.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    public static SharpnessMonitor Watch(IObjective objective, StabilityEdge edge, MonitorOptions? options = null, params IEnumerable<IMonitorSink> sinks) =>
        new(objective, edge, options, sinks);

    /// <summary>Whether the loss has diverged.</summary>
    public bool Diverged => _monitor.Diverged;

    /// <summary>Whether the curvature is measured at <paramref name="step"/>.</summary>
    public bool Measures(long step) => _monitor.Measures(step);

    /// <summary>Evaluates the objective at the present parameters and observes it.</summary>
    /// <param name="step">t, counted from 0 without gaps.</param>
    /// <returns>The measurement, or null where even the loss could not be evaluated.</returns>
    public Measurement? Observe(long step)
    {
        IDerivatives derivatives;
        try
        {
            derivatives = _objective.Evaluate(Measures(step));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _monitor.Warn(step, $"the objective could not be evaluated: {e.Message}");
            return null;
        }

        using (derivatives)
        {
            return _monitor.Observe(step, derivatives, _edge);
        }
    }

    /// <summary>The same with another stability edge, from this step on: the learning rate has changed, or the preconditioner has.</summary>
    /// <param name="step">t, counted from 0 without gaps.</param>
    /// <param name="edge">The edge of the update about to be made.</param>
    /// <returns>The measurement, or null where even the loss could not be evaluated.</returns>
    public Measurement? Observe(long step, StabilityEdge edge)
    {
        _edge = edge;
        return Observe(step);
    }

    /// <summary>Ends the watch: a spike that is still open is recorded as unfinished.</summary>
    public void Finish() => _monitor.Finish();

    /// <summary>Releases the tracked vectors; sinks, parameters and objective are the caller's.</summary>
    public void Dispose() => _monitor.Dispose();
}
