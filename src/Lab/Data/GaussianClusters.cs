using LossSpikes.Lab.Experiments;
using static LossSpikes.Monitors.Numbers.HeldNumber;
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
        var centres = directions / directions.norm(1, keepdim: true) * Held(settings.Separation);
        var labels = arange(Held(settings.Examples), ScalarType.Int64) % Held(settings.Classes);
        var noise = randn([settings.Examples, settings.Dimension], dtype: ScalarType.Float64, generator: generator);
        return new DataSet(centres.index_select(0, labels) + noise, labels, settings.Classes);
    }
}
