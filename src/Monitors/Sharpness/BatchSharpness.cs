using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The stochastic edge of stability. Batch sharpness is the mean over batches of g_B·H_B·g_B/|g_B|², the curvature that a batch has along its own
/// gradient: it hovers at 2/η while the sharpness settles below (Andreyev and Beneventano, arXiv 2412.20553); with momentum at 2(1−β)/η for
/// small and (2+2β)/η for large batches (arXiv 2604.14108). The variance σ_u² of u·g_B, u the first eigenvector, predicts how far below for plain
/// gradient descent: ηβσ_u²/(4α) (arXiv 2604.21016), with β of <see cref="StepExplanation"/>. α is taken from the budget of the sharpness,
/// ΔS = η·(α − ½βx²) a step, since noise along the other eigenvectors falsifies its value at an iterate; all are means over about the last 32
/// measured steps.
/// </summary>
/// <remarks>
/// Under a preconditioner or groups g_B and H_B are scaled as in <see cref="StabilityEdge.Matrix"/>. Where there are no more batches than
/// draws, every batch is taken and the error is 0. Cost of a draw: a gradient and an HVP of one batch.
/// </remarks>
/// <param name="draws">How many batches are drawn.</param>
public sealed class BatchSharpness(int draws) : IStepMeasurement
{
    private const string Curvature = "loss/θ²", AveragesKey = "averages";

    private Budget _budget = new(0, 0, 0, 0, 0, double.NaN, double.NaN);

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
    public IEnumerable<KeyValuePair<string, Tensor>> State =>
        [KeyValuePair.Create(AveragesKey, NamedState.Exact(_budget.Numbers))];

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
        _budget = _budget.With(seen, noise);
        var values = new Dictionary<string, double>(seen.Further)
        {
            ["batch_sharpness"] = sharpness.Mean,
            ["batch_sharpness_error"] = sharpness.Error,
            ["gradient_noise_v1"] = noise,
            ["stability_gap"] = seen.Threshold - seen.Sharpness!.Value,
        };
        Add("batch_threshold", point.Edge.Threshold.SmallBatchValue);
        Add("stability_gap_predicted", _budget.Gap * seen.LearningRate);
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
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _budget = state.TryGetValue(AveragesKey, out var averages) ? Budget.Of(NamedState.Numbers(averages)) : _budget;
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

    /// <summary>Means over the last measured steps, and the last of them.</summary>
    private sealed record Budget(double Count, double Beta, double Noise, double Displacement, double Drift, double Sharpness, double Step)
    {
        private const double Memory = 32;

        public double[] Numbers => [Count, Beta, Noise, Displacement, Drift, Sharpness, Step];

        /// <summary>βσ_u²/(4α); null while α is not positive, or nothing is explained.</summary>
        public double? Gap => Drift + Beta * Displacement / 2 is > 0 and var alpha && Beta > 0 ? Beta * Noise / (4 * alpha) : null;

        public static Budget Of(double[] numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);

        public Budget With(Measurement seen, double noise)
        {
            if (seen.Explanation is not { Beta: { } beta, X: { } x } || seen.LearningRate is not > 0)
            {
                return this;
            }

            var (sharpness, last) = (seen.Sharpness!.Value, this with { Sharpness = seen.Sharpness.Value, Step = seen.Step });
            if (double.IsNaN(Step))
            {
                return last;
            }

            var count = Math.Min(Count + 1, Memory);
            var drift = (sharpness - Sharpness) / (seen.Step - Step) / seen.LearningRate.Value;
            return last with
            {
                Count = count,
                Beta = Beta + (beta - Beta) / count,
                Noise = Noise + (noise - Noise) / count,
                Displacement = Displacement + (x * x - Displacement) / count,
                Drift = Drift + (drift - Drift) / count,
            };
        }
    }
}
