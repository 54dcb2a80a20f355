using LossSpikes.Lab.Data;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Training;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Advising;

/// <summary>What the largest stable learning rate would be with standardized inputs, which was measured.</summary>
/// <param name="LargestOffset">The largest |mean|/σ of a feature.</param>
/// <param name="LargestSpreadRatio">The largest σ of a feature over the smallest that is not zero.</param>
/// <param name="Sharpness">S at the start with inputs of mean 0 and σ = 1.</param>
/// <param name="LargestStableLearningRate">The largest stable learning rate then.</param>
internal sealed record StandardizedInputs(double LargestOffset, double LargestSpreadRatio, double Sharpness, double LargestStableLearningRate)
{
    // Features like these are standardized already.
    private const double SmallOffset = 1, SmallSpreadRatio = 10;

    /// <summary>Standardizes the inputs and measures again. Cost: another copy of the data, and one search for eigenvalues.</summary>
    /// <returns>Null where there are no features, or they are standardized already.</returns>
    public static StandardizedInputs? Measure(Experiment experiment)
    {
        if (experiment.Objective is not NetworkSettings network)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var data = network.Data.Load();
        if (data.Tokens is not null || !data.Inputs.is_floating_point() || data.Inputs.shape[0] < 2)
        {
            data.Dispose();
            return null;
        }

        var features = data.Inputs.flatten(1);
        var (mean, deviation) = (features.mean([0], keepdim: true), features.std(0, unbiased: false, keepdim: true));
        var varies = deviation.gt(Scalar(0));
        var spread = deviation.masked_select(varies);
        var (offset, ratio) = spread.numel() == 0 ? (0, 1)
            : ((mean.abs() / deviation).masked_select(varies).max().item<double>(), (spread.max() / spread.min()).item<double>());
        if (offset <= SmallOffset && ratio <= SmallSpreadRatio)
        {
            data.Dispose();
            return null;
        }

        var divisor = deviation.where(varies, ones_like(deviation));
        var standardized = data with { Inputs = ((features - mean) / divisor).view_as(data.Inputs).clone().DetachFromDisposeScope() };
        data.Inputs.Dispose();
        var facts = Facts(experiment, network, standardized);
        return new StandardizedInputs(offset, ratio, facts.Eigenvalues[0], facts.LargestStableLearningRate);
    }

    private static PointFacts Facts(Experiment experiment, NetworkSettings network, DataSet data)
    {
        var objective = ExperimentRunner.Prepare(experiment, device => new NetworkObjective(
            data, network.Model, network.Loss, network.Chunk, experiment.Precision.ToScalarType(), device));
        using var start = StartCase.Of(experiment, objective);
        return PointFacts.Measure(start, start.Before);
    }
}
