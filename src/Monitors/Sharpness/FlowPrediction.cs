using LossSpikes.Monitors.Flows;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The central flow of gradient descent along a run (Cohen 2024, arXiv 2410.24206): the path that the iterates average to, the mean loss along it, and how
/// far the run is from it. It leaves the run at a step and never looks back: what is drawn is a prediction. For plain gradient descent of a constant
/// learning rate; under another optimizer nothing is measured.
/// </summary>
/// <remarks>Cost of a measured step: that of <see cref="CentralFlow"/> for each step since the last one: with k eigenvalues at the edge four times a gradient,
/// k + 1 to 3k HVPs and k(k+1)/2 third derivatives.</remarks>
/// <param name="from">The step at which it leaves the run.</param>
/// <param name="modes">The largest number of eigenvalues at the edge that are followed.</param>
public sealed class FlowPrediction(long from = 0, int modes = 8) : IStepMeasurement
{
    private const string PointKey = "point", StepKey = "step", FlowPrefix = "flow.";

    private readonly FlowOptions _options = new() { Modes = modes };
    private Dictionary<string, Tensor>? _state; // of the flow, until the objective is known
    private CentralFlow? _flow;
    private Tensor? _point;
    private long _at;

    /// <inheritdoc/>
    public string Name => "flow";

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns => [.. FlowColumns.Of(_options.Substeps)];

    /// <inheritdoc/>
    public bool IsLast => true;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _point is null ? [] :
    [
        KeyValuePair.Create(PointKey, _point),
        KeyValuePair.Create(StepKey, tensor(_at)),
        .. NamedState.Add(FlowPrefix, _flow?.State ?? (IEnumerable<KeyValuePair<string, Tensor>>)_state!),
    ];

    /// <inheritdoc/>
    public bool Applies(StabilityEdge edge) => edge.IsPlainGradientDescent;

    /// <inheritdoc/>
    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        if (seen.Step < from || seen.LearningRate is not > 0)
        {
            return seen;
        }

        using var scope = NewDisposeScope();
        if (_flow is null)
        {
            _flow = new CentralFlow(point.Objective, new FlowRule(seen.LearningRate.Value), _options);
            if (_state is not null)
            {
                _flow.Restore(_state);
                Release();
            }
        }

        if (_point is null)
        {
            (_point, _at) = (point.Parameters.clone().DetachFromDisposeScope(), seen.Step);
        }

        try
        {
            // A flow is what it was at the start of its last step: it is one step ahead of the run after each measurement.
            point.Objective.SetParameters(_point);
            var (products, cubics) = (0, 0);
            var distance = 0.0;
            FlowStep step;
            do
            {
                using var here = point.Objective.GetParameters();
                distance = (here - point.Parameters).to(ScalarType.Float64).norm().item<double>();
                step = _flow.Advance();
                products += step.HessianProducts;
                cubics += step.ThirdDerivatives;
            }
            while (_at++ < seen.Step);

            _point.Dispose();
            _point = point.Objective.GetParameters().DetachFromDisposeScope();
            step = step with { HessianProducts = products, ThirdDerivatives = cubics };
            return seen with
            {
                HessianProducts = seen.HessianProducts + products,
                Further = new Dictionary<string, double>([.. seen.Further, .. FlowColumns.Values(step, [(FlowColumns.Distance, distance)])]),
            };
        }
        finally
        {
            point.Objective.SetParameters(point.Parameters);
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Dispose();
        if (state.TryGetValue(PointKey, out var point))
        {
            _point = point.clone().DetachFromDisposeScope();
            _at = state[StepKey].item<long>();
            _state = NamedState.Part(FlowPrefix, state).ToDictionary(t => t.Key, t => t.Value.clone().DetachFromDisposeScope());
        }
    }

    /// <summary>Releases the flow.</summary>
    public void Dispose()
    {
        _flow?.Dispose();
        _point?.Dispose();
        (_flow, _point) = (null, null);
        Release();
    }

    private void Release()
    {
        foreach (var tensor in _state?.Values ?? (IEnumerable<Tensor>)[])
        {
            tensor.Dispose();
        }

        _state = null;
    }
}
