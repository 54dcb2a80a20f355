using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>Ticks at round values, all labelled alike.</summary>
/// <param name="pixelsPerLabel">The least distance between two labels.</param>
/// <param name="smallest">The least distance between two values; 1 for an axis that counts.</param>
internal sealed class LinearTicks(float pixelsPerLabel, double smallest = 0) : ITickGenerator
{
    /// <summary>Whether the ticks have labels; the upper panels of a stack leave them to the lowest.</summary>
    public bool Labelled { get; init; } = true;

    public Tick[] Ticks { get; private set; } = [];

    public int MaxTickCount { get; set; } = 100;

    public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
    {
        var values = NiceSteps.In(new ValueRange(range.Min, range.Max), Math.Max(2, (int)(size.Length / pixelsPerLabel)), smallest);
        var labels = Labelled ? TickText.Alike(values) : [.. values.Select(_ => "")];
        Ticks = [.. values.Zip(labels, Tick.Major)];
    }
}
