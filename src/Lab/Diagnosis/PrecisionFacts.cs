using System.Text.Json.Serialization;
using LossSpikes.Lab.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Loss and gradient of one point in the precision of the training and in float64.</summary>
/// <param name="Loss">The loss in the precision of the training.</param>
/// <param name="LossInDouble">The same in float64.</param>
/// <param name="GradientError">|g − g₆₄|/|g₆₄|.</param>
internal sealed record PrecisionFacts(double Loss, double LossInDouble, double GradientError)
{
    private const double Most = 0.1, MostOfLoss = 0.001;

    /// <summary>|L − L₆₄|/|L₆₄|.</summary>
    public double LossError => Math.Abs(Loss - LossInDouble) / Math.Abs(LossInDouble);

    /// <summary>Whether the loss itself is rounding, so that the training follows that and not its dynamics.</summary>
    [JsonIgnore]
    public bool LossDecides => !(LossError <= MostOfLoss) && Loss != LossInDouble;

    /// <summary>Whether the gradient is rounding.</summary>
    [JsonIgnore]
    public bool GradientDecides => !(GradientError <= Most);

    /// <summary>Evaluates the point in both. Cost: two gradients and a second copy of the data.</summary>
    /// <returns>Null where the training itself is in float64.</returns>
    public static PrecisionFacts? Measure(TrainingCase @case, Snapshot moment)
    {
        if (@case.Experiment.Precision == Precision.Float64)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        @case.GoTo(moment);
        using var batches = @case.CreateBatches();
        using var single = (batches?.Measured ?? @case.Objective).Evaluate(curvature: false);
        using var objective = @case.Create(Precision.Float64);
        var wide = @case with { Objective = objective };
        wide.GoTo(moment with
        {
            Point = moment.Point.to(ScalarType.Float64),
            Buffers = moment.Buffers.ToDictionary(b => b.Key, b => b.Value.is_floating_point() ? b.Value.to(ScalarType.Float64) : b.Value),
        });
        using var wideBatches = wide.CreateBatches();
        using var twice = (wideBatches?.Measured ?? objective).Evaluate(curvature: false);
        var error = (single.Gradient.to(ScalarType.Float64) - twice.Gradient).norm() / twice.Gradient.norm();
        return new PrecisionFacts(single.Loss, twice.Loss, error.item<double>());
    }
}
