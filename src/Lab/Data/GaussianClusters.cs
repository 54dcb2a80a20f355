using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Normal clouds around random centres.</summary>
[Description("Classes that are normal clouds of unit variance around centres in random directions; as many examples of one class as of the next.")]
internal sealed record GaussianClustersSettings : RandomDataSettings
{
    [Description("How many clouds there are.")]
    [Range(2, 1000)]
    public required int Classes { get; init; }

    [Description("How many numbers an example has.")]
    [Range(1, 100_000)]
    public required int Dimension { get; init; }

    [Description("The distance of the centres from the origin, in standard deviations of a cloud.")]
    [Range(0.0, double.MaxValue)]
    public required double Separation { get; init; }

    // Example i is of class i mod classes.
    protected override DataSet Make()
    {
        using var generator = new Generator((ulong)Seed);
        var directions = randn([Classes, Dimension], dtype: ScalarType.Float64, generator: generator);
        var centres = directions / directions.norm(1, keepdim: true) * Scalar(Separation);
        var labels = arange(Scalar(0), Scalar(Examples), Scalar(1), ScalarType.Int64) % Scalar(Classes);
        var noise = randn([Examples, Dimension], dtype: ScalarType.Float64, generator: generator);
        return new DataSet(centres.index_select(0, labels).Plus(noise), labels, Classes);
    }
}
