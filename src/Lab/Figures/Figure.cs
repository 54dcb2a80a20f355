using ScottPlot;
using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>Panels above each other over one horizontal axis, each with its legend above it, where it covers no data.</summary>
/// <param name="Title">The line above everything.</param>
/// <param name="XLabel">What the shared axis counts.</param>
/// <param name="X">What the shared axis shows, besides a narrow margin.</param>
/// <param name="Panels">The panels, from the top.</param>
internal sealed record Figure(string Title, string XLabel, ValueRange X, IReadOnlyList<Plot> Panels)
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

    /// <summary>Pixels of a PNG per unit of width and height.</summary>
    public float Scale { get; init; } = 2;

    /// <summary>Draws the figure into a file whose name gets the format's extension; an older one is replaced only once the new one is whole.</summary>
    /// <returns>The path of the file.</returns>
    public string Save(string directory, string name, FigureFormat format)
    {
        var path = Path.Combine(directory, format == FigureFormat.Png ? name + ".png" : name + ".svg");
        var draft = path + ".partial";
        Directory.CreateDirectory(directory);
        using (var stream = File.Create(draft))
        {
            if (format == FigureFormat.Png)
            {
                DrawPng(stream);
            }
            else
            {
                DrawSvg(stream);
            }
        }

        File.Move(draft, path, overwrite: true);
        return path;
    }

    private void DrawPng(Stream stream)
    {
        using var surface = SKSurface.Create(new SKImageInfo((int)(Width * Scale), (int)(Height * Scale)));
        surface.Canvas.Scale(Scale);
        Draw(surface.Canvas);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        data.SaveTo(stream);
    }

    private void DrawSvg(Stream stream)
    {
        using var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), stream);
        Draw(canvas);
    }

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
        plot.Axes.Bottom.TickGenerator = new LinearTicks(PixelsPerStepLabel, smallest: 1) { Labelled = lowest };
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
