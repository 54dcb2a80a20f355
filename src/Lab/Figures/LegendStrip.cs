using ScottPlot;
using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>A panel's legend as one line of symbols and texts, ending at its right edge.</summary>
internal static class LegendStrip
{
    private const float SymbolWidth = 26;
    private const float SymbolGap = 7;
    private const float ItemGap = 22;

    /// <summary>Draws the items with their middle at <paramref name="middle"/>, smaller where they would be wider than the panel.</summary>
    public static void Draw(SKCanvas canvas, Paint paint, IReadOnlyList<LegendItem> items, ValueRange edges, float middle)
    {
        using SKFont font = new(FigureFonts.Typeface, FigureStyle.LegendSize);
        float[] widths = [.. items.Select(i => Symbol(i) + SymbolGap + font.MeasureText(i.LabelText))];
        var total = widths.Sum() + ItemGap * (items.Count - 1);
        canvas.Save();
        canvas.Translate((float)edges.High, middle);
        canvas.Scale(Math.Min(1, (float)edges.Span / total));
        var x = -total;
        foreach (var (item, width) in items.Zip(widths))
        {
            DrawSymbol(canvas, paint, item, x);
            FigureText.Draw(canvas, font, item.LabelText, x + Symbol(item) + SymbolGap, 0);
            x += width + ItemGap;
        }

        canvas.Restore();
    }

    private static float Symbol(LegendItem item) => item.LineStyle.CanBeRendered ? SymbolWidth : item.MarkerStyle.Size;

    private static void DrawSymbol(SKCanvas canvas, Paint paint, LegendItem item, float x)
    {
        if (item.LineStyle.CanBeRendered)
        {
            item.LineStyle.Render(canvas, new PixelLine(x, 0, x + SymbolWidth, 0), paint);
        }

        item.MarkerStyle.Render(canvas, new Pixel(x + Symbol(item) / 2, 0), paint);
    }
}
