using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// The largest eigenvalue of H itself, where the optimizer's stability depends on a preconditioned matrix. Cost: about two HVPs; at the first
/// measured step and at an audit it is measured from scratch, so that it needs no audit of its own. With mini-batches that are not
/// explained it is measured at these steps alone: between measurements that are some steps apart, following it costs four HVPs and more.
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
        var fromScratch = point.FromScratch || _tracker.IsEmpty;
        if (!fromScratch && point.Batches is not null && !options.Explain)
        {
            return seen;
        }

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

    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _tracker.Restore(state);

    public void Dispose() => _tracker.Dispose();
}
