using ScottPlot;
using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>Panels above each other over one horizontal axis, each with its legend above it, where it covers no data.</summary>
/// <param name="Title">The line above everything.</param>
/// <param name="XLabel">What the shared axis counts.</param>
/// <param name="X">What the shared axis shows, apart from a narrow margin.</param>
/// <param name="Panels">The panels, from the top.</param>
internal sealed record Figure(string Title, string XLabel, ValueRange X, IReadOnlyList<Plot> Panels) : IImage
{
    private const float TitleHeight = 46;
    private const float LegendHeight = 30;
    private const float StepsHeight = 62;
    private const float TickHeight = 8;
    private const float LabelWidth = 48;
    private const float Right = 32;
    private const float PixelsPerStepLabel = 90;
    private const double Margin = 0.008;

    public int Width { get; init; } = 1200;

    public int Height { get; init; } = 800;

    /// <summary>The least distance between two ticks of the shared axis: 1 where it counts.</summary>
    public double SmallestStep { get; init; } = 1;

    public string Save(string directory, string name, FigureFormat format) => Picture.Save(directory, name, format, Width, Height, Draw);

    private void Draw(SKCanvas canvas)
    {
        using var paint = Paint.NewDisposablePaint();
        using SKFont font = new(FigureFonts.Typeface, FigureStyle.TitleSize);
        var dataHeight = (Height - TitleHeight - StepsHeight) / Panels.Count - LegendHeight;
        var left = LabelWidth + Panels.Max(p => WidestTick(p, dataHeight, paint));
        canvas.Clear(SKColors.White);
        FigureText.Draw(canvas, font, Title, left, TitleHeight / 2);
        for (var i = 0; i < Panels.Count; i++)
        {
            var top = TitleHeight + i * (LegendHeight + dataHeight);
            DrawPanel(canvas, paint, Panels[i], new PixelRect(left, Width - Right, top + LegendHeight + dataHeight, top + LegendHeight), i == Panels.Count - 1);
        }
    }

    private void DrawPanel(SKCanvas canvas, Paint paint, Plot plot, PixelRect data, bool lowest)
    {
        PixelRect panel = new(0, Width, data.Bottom + (lowest ? StepsHeight : TickHeight), data.Top - LegendHeight);
        var shown = X.Padded(Margin);
        plot.Axes.SetLimitsX(shown.Low, shown.High);
        plot.Axes.Bottom.TickGenerator = new LinearTicks(PixelsPerStepLabel, SmallestStep) { Labelled = lowest };
        plot.XLabel(lowest ? XLabel : "", FigureStyle.LabelSize);
        plot.Axes.Left.MinimumSize = plot.Axes.Left.MaximumSize = data.Left - TickHeight;
        plot.Layout.Fixed(new PixelPadding(panel.Size, data.WithDelta(-panel.Left, -panel.Top)));
        plot.RenderManager.ClearCanvasBeforeEachRender = false;

        // ScottPlot renders a plot twice the first time, one image over the other.
        plot.RenderInMemory((int)panel.Width, (int)panel.Height);
        plot.Render(canvas, panel);
        LegendStrip.Draw(canvas, paint, plot.Legend.GetItems(), new ValueRange(data.Left, data.Right), data.Top - LegendHeight / 2);
    }

    private static float WidestTick(Plot plot, float height, Paint paint)
    {
        using SKFont font = new(FigureFonts.Typeface, FigureStyle.TickSize);
        plot.Axes.Left.RegenerateTicks(new PixelLength(height), paint);
        return plot.Axes.Left.TickGenerator.Ticks.Select(t => font.MeasureText(t.Label)).DefaultIfEmpty().Max();
    }
}
