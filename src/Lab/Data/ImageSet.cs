namespace LossSpikes.Lab.Data;

/// <summary>A collection of images of ten classes, as it is stored.</summary>
/// <param name="Source">What it is called in messages.</param>
/// <param name="Shape">Channels, height and width of an image.</param>
/// <param name="Brightest">The largest value of a pixel; the smallest is 0.</param>
/// <param name="Images">The images, read as they are asked for.</param>
internal sealed record ImageSet(string Source, IReadOnlyList<long> Shape, int Brightest, IEnumerable<LabelledImage> Images)
{
    /// <summary>How many classes each collection that the lab reads has.</summary>
    public const int Classes = 10;
}

/// <summary>One image.</summary>
/// <param name="Pixels">Channel by channel, row by row.</param>
/// <param name="Label">Its class, from 0 to 9.</param>
internal sealed record LabelledImage(ReadOnlyMemory<byte> Pixels, int Label);
