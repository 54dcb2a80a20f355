using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LossSpikes.Lab.Data;

/// <summary>Data drawn at random, the same for the same seed whatever the run's own seed is.</summary>
internal abstract record RandomDataSettings : DataSettings
{
    [Description("How many examples are drawn.")]
    [Range(1, 1_000_000)]
    public required int Examples { get; init; }

    [Description("Seed of the data, apart from the seed of the run, so that many networks can learn the same data.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }
}
