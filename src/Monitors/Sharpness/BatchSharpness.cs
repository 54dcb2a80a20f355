using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The stochastic edge of stability. Batch sharpness is the mean over batches of g_B·H_B·g_B/|g_B|², the curvature that a batch has along its own
/// gradient: it hovers at 2/η while the sharpness settles below (Andreyev and Beneventano, arXiv 2412.20553); with momentum at 2(1−β)/η for
/// small and (2+2β)/η for large batches (arXiv 2604.14108). The variance σ_u² of u·g_B, u the first eigenvector, predicts how far below for plain
/// gradient descent: ηβσ_u²/(4α) (arXiv 2604.21016), with α and β of <see cref="StepExplanation"/>.
/// </summary>
/// <remarks>
/// Under a preconditioner or groups g_B and H_B are scaled as in <see cref="StabilityEdge.Matrix"/>. Where there are no more batches than
/// draws, every batch is taken and the error is 0. Cost of a draw: a gradient and an HVP of one batch.
/// </remarks>
/// <param name="draws">How many batches are drawn.</param>
public sealed class BatchSharpness(int draws) : IStepMeasurement
{
    private const string Curvature = "loss/θ²";

    /// <inheritdoc/>
    public string Name => "batch_sharpness";

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns { get; } =
    [
        Column.Further("batch_sharpness", Curvature),
        Column.Further("batch_sharpness_error", Curvature),
        Column.Further("batch_threshold", Curvature),
        Column.Further("gradient_noise_v1", "loss²/θ²"),
        Column.Further("stability_gap", Curvature),
        Column.Further("stability_gap_predicted", Curvature),
    ];

    /// <inheritdoc/>
    public bool IsLast => true;

    /// <inheritdoc/>
    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        if (point.Batches is not { } batches)
        {
            return seen;
        }

        using var scope = NewDisposeScope();
        var sampler = batches.Sampler;
        var all = sampler.Order == BatchOrder.WithReplacement ? null : Combinations.All(sampler.Examples, sampler.Size, draws);
        List<double> ratios = [], components = [];
        foreach (var examples in all ?? sampler.Draw(RandomPurpose.Draws, seen.Step, draws))
        {
            var (ratio, component) = Draw(examples, point, batches);
            ratios.Add(ratio);
            components.Add(component);
        }

        var sharpness = all is null ? MeanInterval.OfSample(ratios) : new MeanInterval(ratios.Average(), 0);
        var noise = MeanInterval.Variance(components, components.Count - (all is null ? 1 : 0));
        var gap = seen.Explanation is { Alpha: > 0 and var alpha, Beta: { } beta } ? seen.LearningRate * beta * noise / (4 * alpha) : null;
        var values = new Dictionary<string, double>(seen.Further)
        {
            ["batch_sharpness"] = sharpness.Mean,
            ["batch_sharpness_error"] = sharpness.Error,
            ["gradient_noise_v1"] = noise,
            ["stability_gap"] = seen.Threshold - seen.Sharpness!.Value,
        };
        Add("batch_threshold", point.Edge.Threshold.SmallBatchValue);
        Add("stability_gap_predicted", gap);
        return seen with { Further = values, HessianProducts = seen.HessianProducts + ratios.Count };

        void Add(string name, double? value)
        {
            if (value is { } number && double.IsFinite(number))
            {
                values[name] = number;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static (double Ratio, double Component) Draw(IReadOnlyList<long> examples, MeasurementPoint point, MiniBatches batches)
    {
        using var scope = NewDisposeScope();
        using var batch = batches.Whole.Over(examples);
        using var derivatives = batch.Evaluate(curvature: true);
        var gradient = point.Edge.Scaled(point.Edge.WithDecay(derivatives.Gradient, point.Parameters));
        var product = point.Edge.Matrix(new HessianOperator(derivatives)).Apply(gradient.unsqueeze(0))[0];
        return (Number(gradient.dot(product)) / Number(gradient.dot(gradient)), Number(point.Directions[0].dot(derivatives.Gradient)));
    }

    private static double Number(Tensor value) => value.to(ScalarType.Float64).item<double>();
}
