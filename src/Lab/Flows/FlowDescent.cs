using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Flows;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Flows;

/// <summary>
/// A flow as an update rule, so that it is run, recorded, saved and resumed as any optimizer. The optimizer itself makes its steps next to it: the
/// distance between both at equal times, and the loss that the flow predicts the mean of, are measured. Cost of a step: that of the flow, and one
/// gradient.
/// </summary>
internal sealed class FlowDescent : IOptimizer
{
    private const string FlowPrefix = "flow.", RunPrefix = "run.", RunPointKey = "run_point";

    private readonly FlowSettings _settings;
    private readonly OptimizerSettings _rule;
    private readonly IObjective _flowing, _running;
    private readonly FlowReadings _readings;
    private IOptimizer _optimizer;
    private IFlow? _flow;

    /// <summary>Takes two more instances of the objective: the monitor needs its own where it is, and both paths theirs.</summary>
    /// <param name="experiment">The experiment, with a flow.</param>
    /// <param name="create">Creates the objective at its starting point.</param>
    public FlowDescent(Experiment experiment, Func<IObjective> create)
    {
        (_settings, _rule) = (experiment.Flow!, experiment.Optimizer);
        (_flowing, _running) = (create(), create());
        _optimizer = _rule.Create(_running);
        _readings = new FlowReadings(_settings.Kind == FlowKind.Central ? _settings.Substeps : 0);
    }

    public IReadOnlyList<Func<IStepMeasurement>> Measurements => [() => _readings];

    public OptimizerState State => new()
    {
        Others = new Dictionary<string, Tensor>(
        [
            .. (_flow?.State ?? new Dictionary<string, Tensor>()).Select(t => KeyValuePair.Create(FlowPrefix + t.Key, t.Value)),
            .. _optimizer.State.ToTensors().Select(t => KeyValuePair.Create(RunPrefix + t.Key, t.Value)),
            KeyValuePair.Create(RunPointKey, _running.GetParameters()),
        ]),
    };

    /// <summary>Makes the optimizer's steps up to the beginning of the flow.</summary>
    /// <param name="past">The record of the run that they repeat; null where there is none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InputException">The run diverges before, or its losses are not the recorded ones.</exception>
    /// <exception cref="OperationCanceledException">Asked for.</exception>
    public void Begin(RepeatedRun? past, CancellationToken cancellation)
    {
        for (var step = 0; step < _settings.From; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var loss = Step(step);
            past?.Require(step, loss);
        }

        past?.Require(_settings.From, _running.EvaluateLoss());
        using var point = _running.GetParameters();
        if (!point.isfinite().all().item<bool>())
        {
            throw new InputException($"flow.from: the run has no finite parameters at step {_settings.From}");
        }
    }

    /// <summary>Where the optimizer stands, shape [d].</summary>
    public Tensor Point => _running.GetParameters();

    public void Restore(OptimizerState state)
    {
        _optimizer.Dispose();
        _optimizer = _rule.Create(_running);
        if (state.Others.TryGetValue(RunPointKey, out var point))
        {
            _running.SetParameters(point);
            _optimizer.Restore(OptimizerState.FromTensors(Part(RunPrefix)));
        }

        _flow?.Dispose();
        _flow = null;
        if (Part(FlowPrefix) is { Count: > 0 } flow)
        {
            _flow = NewFlow(_optimizer.State.SecondMoment);
            _flow.Restore(flow);
        }

        Dictionary<string, Tensor> Part(string prefix) => state.Others
            .Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
    }

    public Update Next(long step, Tensor point, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var distance = (Point - point).to(ScalarType.Float64).norm().item<double>();
        var runLoss = Step(step);
        _flowing.SetParameters(point);
        _flow ??= NewFlow(_optimizer.State.SecondMoment); // P is the one of the update about to be made
        var threshold = _rule.ThresholdAt(_rule.LearningRate);
        var edge = new StabilityEdge(threshold) { Preconditioner = _flow.Preconditioner?.clone().MoveToOuterDisposeScope() };
        _readings.Take(_flow.Advance(), runLoss, distance);
        return new Update(_flowing.GetParameters().MoveToOuterDisposeScope(), edge, _rule.LearningRate);
    }

    public void Dispose()
    {
        _flow?.Dispose();
        _optimizer.Dispose();
        _flowing.Dispose();
        _running.Dispose();
    }

    /// <summary>Makes a step of the optimizer.</summary>
    /// <returns>The loss before it.</returns>
    private double Step(long step)
    {
        using var derivatives = _running.Evaluate(curvature: false);
        _running.SetParameters(_optimizer.Next(step, _running.GetParameters(), derivatives.Gradient).Point);
        return derivatives.Loss;
    }

    private IFlow NewFlow(Tensor? secondMoment) => _settings.Kind == FlowKind.Gradient
        ? new GradientFlow(_flowing, _rule.LearningRate)
        : new CentralFlow(
            _flowing,
            _rule is RmsPropSettings settings
                ? new FlowRule(_rule.LearningRate) { SecondMomentDecay = settings.Beta2, Epsilon = settings.Epsilon }
                : new FlowRule(_rule.LearningRate),
            new FlowOptions { Modes = _settings.Modes, Substeps = _settings.Substeps },
            secondMoment);
}
