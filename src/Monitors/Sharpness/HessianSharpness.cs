using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// The largest eigenvalue of H itself, where the optimizer's stability depends on a preconditioned matrix. Cost: about two HVPs; at
/// an audit it is measured from scratch, so that it needs no audit of its own.
/// </summary>
internal sealed class HessianSharpness(MonitorOptions options) : IStepMeasurement
{
    private readonly EigenTracker _tracker = new(1, options.Guards, options.Tolerance);

    public string Name => "raw";

    public IReadOnlyList<Column> Columns { get; } = [MeasurementColumns.Find("raw_sharpness")!];

    public IEnumerable<KeyValuePair<string, Tensor>> State => _tracker.State;

    public bool Applies(StabilityEdge edge) => !edge.ActsOnHessian;

    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        var hessian = new HessianOperator(point.Derivatives);
        var pairs = point.FromScratch
            ? _tracker.Adopt(_tracker.FromScratch(hessian, options.Seed), point.Parameters)
            : _tracker.Update(hessian, point.Parameters);
        return seen with
        {
            HessianSharpness = pairs.Values[0],
            Converged = seen.Converged && pairs.Converged[0],
            HessianProducts = seen.HessianProducts + pairs.MatVecs,
        };
    }

    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _tracker.Restore(state);

    public void Dispose() => _tracker.Dispose();
}
