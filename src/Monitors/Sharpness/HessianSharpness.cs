using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// The largest eigenvalue of H itself, where the optimizer's stability depends on a preconditioned matrix. It is measured every 20 measured steps, or at
/// each of them where spikes are explained. At the first and at an audit it is measured from scratch, so that it needs no audit of its own. Cost: four
/// to ten HVPs; about two where the measured step before has it.
/// </summary>
internal sealed class HessianSharpness(MonitorOptions options) : IStepMeasurement
{
    private const int Interval = 20;
    private const string AgeKey = "age";

    private readonly EigenTracker _tracker = new(1, options.Guards, options.Tolerance);
    private long _age; // measured steps since the last one

    public string Name => "raw";

    public IReadOnlyList<Column> Columns { get; } = [MeasurementColumns.Find("raw_sharpness")!];

    public IEnumerable<KeyValuePair<string, Tensor>> State => _tracker.IsEmpty ? [] : _tracker.State.Append(new(AgeKey, tensor(_age)));

    public bool Applies(StabilityEdge edge) => !edge.ActsOnHessian;

    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        var fromScratch = point.FromScratch || _tracker.IsEmpty;
        if (!fromScratch && !options.Explain && ++_age < Interval)
        {
            return seen;
        }

        _age = 0;
        var hessian = new HessianOperator(point.Derivatives);
        var pairs = fromScratch
            ? _tracker.Adopt(_tracker.FromScratch(hessian, options.Seed), hessian, point.Parameters)
            : _tracker.Update(hessian, point.Parameters);
        return seen with
        {
            HessianSharpness = pairs.Values[0],
            Converged = seen.Converged && pairs.Converged[0],
            HessianProducts = seen.HessianProducts + pairs.MatVecs,
        };
    }

    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _tracker.Restore(state);
        _age = state.TryGetValue(AgeKey, out var age) ? age.item<long>() : 0;
    }

    public void Dispose() => _tracker.Dispose();
}
