namespace LossSpikes.Lab.Figures;

/// <summary>A closed range of an axis, in the axis's own coordinates.</summary>
internal readonly record struct ValueRange(double Low, double High)
{
    public double Span => High - Low;

    /// <summary>The range with <paramref name="share"/> of its span added on both sides.</summary>
    public ValueRange Padded(double share) => new(Low - share * Span, High + share * Span);

    /// <summary>The smallest range that holds both.</summary>
    public ValueRange With(ValueRange other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));

    /// <summary>
    /// Moves what lies far outside to one span beyond the edge: infinities get a place and nothing overflows a canvas,
    /// while lines still leave the frame.
    /// </summary>
    public double Clip(double value) => Math.Clamp(value, Low - Span, High + Span);
}
