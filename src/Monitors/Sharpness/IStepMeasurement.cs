using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// A further quantity, measured at every step at which the curvature is. Its columns appear in every file, figure and page by
/// themselves; add it to <see cref="MonitorOptions.Measurements"/>.
/// </summary>
public interface IStepMeasurement : IDisposable
{
    /// <summary>The name, snake_case; its state has it as a prefix in checkpoints.</summary>
    string Name { get; }

    /// <summary>The columns of its values, such as <see cref="Column.Further"/>.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>The state that its next measurement needs, by name.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State => [];

    /// <summary>
    /// Whether it is measured last, after the explanation of the step. Then it may move the parameters and back, and must take no products from
    /// the derivatives of the point.
    /// </summary>
    bool IsLast => false;

    /// <summary>Whether it is measured under an optimizer of this kind.</summary>
    bool Applies(StabilityEdge edge) => true;

    /// <summary>Adds its values to a measurement, and its HVPs to <see cref="Measurement.HessianProducts"/>.</summary>
    /// <param name="seen">The measurement so far.</param>
    /// <param name="point">Where it is measured.</param>
    Measurement Measure(Measurement seen, MeasurementPoint point);

    /// <summary>Continues from a <see cref="State"/>; the tensors stay the caller's.</summary>
    void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
    }
}

/// <summary>Where a further quantity is measured.</summary>
/// <param name="Derivatives">At θ_t, with curvature.</param>
/// <param name="Edge">The stability edge of the update about to be made.</param>
/// <param name="Parameters">θ_t, shape [d].</param>
/// <param name="FromScratch">Whether the step has an audit: a quantity that is tracked from step to step is then measured from scratch.</param>
public sealed record MeasurementPoint(IDerivatives Derivatives, StabilityEdge Edge, Tensor Parameters, bool FromScratch)
{
    /// <summary>The objective that is measured; it stands at θ_t.</summary>
    public required IObjective Objective { get; init; }

    /// <summary>The unit vectors along the reported eigenvectors, in the coordinates of θ, shape [k, d].</summary>
    public required Tensor Directions { get; init; }

    /// <summary>d = θ_{t+1} − θ_t, the update about to be made, shape [d]; null where the caller did not say.</summary>
    public Tensor? Update { get; init; }

    /// <summary>The mini-batches of the run; null where the optimizer sees all examples.</summary>
    public MiniBatches? Batches { get; init; }
}
