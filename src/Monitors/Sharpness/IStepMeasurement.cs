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
public sealed record MeasurementPoint(IDerivatives Derivatives, StabilityEdge Edge, Tensor Parameters, bool FromScratch);
