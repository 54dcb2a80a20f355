using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Clouds of points around random centres.</summary>
internal static class GaussianClusters
{
    /// <summary>Draws the examples; example i is of class i mod classes.</summary>
    public static DataSet Make(GaussianClustersSettings settings)
    {
        using var generator = new Generator((ulong)settings.Seed);
        var directions = randn([settings.Classes, settings.Dimension], dtype: ScalarType.Float64, generator: generator);
        var centres = directions / directions.norm(1, keepdim: true) * Scalar(settings.Separation);
        var labels = arange(Scalar(settings.Examples), ScalarType.Int64) % Scalar(settings.Classes);
        var noise = randn([settings.Examples, settings.Dimension], dtype: ScalarType.Float64, generator: generator);
        return new DataSet(centres.index_select(0, labels) + noise, labels, settings.Classes);
    }
}
