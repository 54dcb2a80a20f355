using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Flows;

namespace LossSpikes.Lab.Flows;

/// <summary>What a flow says of its last step, as columns of the run folder; and the run next to it.</summary>
/// <param name="substeps">Substeps of a step; 0 where none has a complementarity problem.</param>
internal sealed class FlowReadings(int substeps) : IStepMeasurement
{
    private IReadOnlyDictionary<string, double> _last = new Dictionary<string, double>();
    private int _products;

    public string Name => "flow";

    public IReadOnlyList<Column> Columns { get; } = [.. FlowColumns.Of(substeps), Column.Further(FlowScore.RunLoss, "loss")];

    /// <summary>Takes a step for the next measurement.</summary>
    public void Take(FlowStep step, double runLoss, double distance)
    {
        _last = FlowColumns.Values(step, [(FlowScore.RunLoss, runLoss), (FlowColumns.Distance, distance)]);
        _products = step.HessianProducts;
    }

    public Measurement Measure(Measurement seen, MeasurementPoint point) => seen with
    {
        HessianProducts = seen.HessianProducts + _products,
        Further = new Dictionary<string, double>([.. seen.Further, .. _last]),
    };

    public void Dispose()
    {
    }
}
