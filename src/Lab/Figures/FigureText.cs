using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>Text outside the panels.</summary>
internal static class FigureText
{
    /// <summary>ScottPlot centres a text by its line box; its digits then stand too high by this share of the font's size.</summary>
    public const float BoxOffset = 0.2f;

    private const float HalfCapital = 0.365f;

    /// <summary>Draws one line of text that begins at <paramref name="left"/> and whose capitals have their middle at <paramref name="middle"/>.</summary>
    public static void Draw(SKCanvas canvas, SKFont font, string text, float left, float middle)
    {
        using SKPaint paint = new() { Color = FigureStyle.Ink.ToSKColor(), IsAntialias = true };
        canvas.DrawText(text, left, middle + HalfCapital * font.Size, font, paint);
    }
}
