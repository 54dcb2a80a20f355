using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>What is remembered of when the product with a vector was made.</summary>
/// <param name="Age">How many updates ago.</param>
/// <param name="Drift">By how much the Ritz value was then off from what had been predicted: relative to it, over the root of the updates the prediction had come: errors add up as the steps of a random walk do.</param>
internal readonly record struct Sighting(double Age, double Drift)
{
    /// <summary>Of something seen for the first time.</summary>
    public static Sighting New { get; } = new(0, 0.01);

    /// <summary>Of a combination of vectors.</summary>
    /// <param name="shares">Of each in it; their squares count.</param>
    /// <param name="sightings">Of each.</param>
    public static Sighting Of(IEnumerable<double> shares, IEnumerable<Sighting> sightings) =>
        shares.Zip(sightings).Aggregate(default(Sighting), (sum, part) =>
            new(sum.Age + (part.First * part.First * part.Second.Age), sum.Drift + (part.First * part.First * part.Second.Drift)));

    /// <summary>As a tensor, which <see cref="Read"/> reads. As int64 bits: whoever takes a state to another precision must leave them alone.</summary>
    public static Tensor Write(IReadOnlyList<Sighting> sightings) =>
        tensor(sightings.SelectMany(s => new[] { s.Age, s.Drift }).Select(BitConverter.DoubleToInt64Bits).ToArray(), [sightings.Count, 2]);

    /// <summary>What <see cref="Write"/> wrote.</summary>
    public static Sighting[] Read(Tensor sightings) =>
        [.. sightings.cpu().data<long>().Select(BitConverter.Int64BitsToDouble).Chunk(2).Select(pair => new Sighting(pair[0], pair[1]))];
}
