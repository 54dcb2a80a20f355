using ScottPlot;
using SkiaSharp;

namespace LossSpikes.Lab.Figures;

/// <summary>Small multiples: panels of equal size in rows and columns, each with axes of its own.</summary>
/// <param name="Title">Above all.</param>
/// <param name="Columns">How many side by side.</param>
/// <param name="Panels">Row by row.</param>
internal sealed record PanelGrid(string Title, int Columns, IReadOnlyList<Plot> Panels) : IImage
{
    private const float TitleHeight = 44;

    public float PanelWidth { get; init; } = 300;

    public float PanelHeight { get; init; } = 290;

    public string Save(string directory, string name, FigureFormat format)
    {
        var rows = (Panels.Count + Columns - 1) / Columns;
        return Picture.Save(directory, name, format, PanelWidth * Columns, TitleHeight + PanelHeight * rows, Draw);
    }

    private void Draw(SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        using SKFont font = new(FigureFonts.Typeface, FigureStyle.TitleSize);
        FigureText.Draw(canvas, font, Title, 16, TitleHeight / 2);
        for (var i = 0; i < Panels.Count; i++)
        {
            var (left, top) = (i % Columns * PanelWidth, TitleHeight + i / Columns * PanelHeight);
            var plot = Panels[i];
            plot.RenderManager.ClearCanvasBeforeEachRender = false;

            // ScottPlot renders a plot twice the first time, one image over the other.
            plot.RenderInMemory((int)PanelWidth, (int)PanelHeight);
            plot.Render(canvas, new PixelRect(left, left + PanelWidth, top + PanelHeight, top));
        }
    }
}
