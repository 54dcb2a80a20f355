using LossSpikes.Lab.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Loss and gradient of one point in the precision of the training and in float64.</summary>
/// <param name="Loss">The loss in the precision of the training.</param>
/// <param name="LossInDouble">The same in float64.</param>
/// <param name="GradientError">|g − g₆₄|/|g₆₄|.</param>
internal sealed record PrecisionFacts(double Loss, double LossInDouble, double GradientError)
{
    private const double Most = 0.1, MostOfLoss = 0.01;

    /// <summary>Whether rounding, and not the dynamics, decides what the training does there.</summary>
    public bool Decides => LossDecides || !(GradientError <= Most);

    /// <summary>Whether the loss itself is rounded, by more than 1 %.</summary>
    public bool LossDecides => !(Math.Abs(Loss - LossInDouble) <= MostOfLoss * Math.Abs(LossInDouble));

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
