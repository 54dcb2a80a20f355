namespace LossSpikes.Lab.Figures;

/// <summary>The kind of file a figure becomes.</summary>
internal enum FigureFormat
{
    /// <summary>Pixels.</summary>
    Png,

    /// <summary>Vectors; the text stays text.</summary>
    Svg,
}
