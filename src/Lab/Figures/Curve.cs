using ScottPlot;
using ScottPlot.Plottables;

namespace LossSpikes.Lab.Figures;

/// <summary>A quantity per step and how its line looks.</summary>
/// <param name="Label">Its entry in the legend; none for an empty text.</param>
/// <param name="Values">One value per step.</param>
/// <param name="Color">The line's colour.</param>
internal sealed record Curve(string Label, double[] Values, Color Color)
{
    private const int FewPoints = 60;

    public float Width { get; init; } = FigureStyle.CurveWidth;

    public bool Dashed { get; init; }

    /// <summary>Whether NaN means "not measured at this step" and the line continues to the next value, or is a gap.</summary>
    public bool Joined { get; init; } = true;

    /// <summary>Adds the line to a plot, and dots where there are only a few values.</summary>
    public void AddTo(Plot plot, IValueAxis axis, double[] steps)
    {
        int[] rows = [.. Enumerable.Range(0, Values.Length).Where(i => !Joined || !double.IsNaN(Values[i]))];
        double[] positions = [.. rows.Select(i => axis.Position(Values[i]))];
        var kept = Thinning.Kept(positions);
        Scatter line = plot.Add.ScatterLine(kept.Select(i => steps[rows[i]]).ToArray(), kept.Select(i => positions[i]).ToArray(), Color);
        line.LineWidth = Width;
        line.LinePattern = Dashed ? LinePattern.Dashed : LinePattern.Solid;
        line.LegendText = Label;
        if (rows.Length <= FewPoints && !Dashed)
        {
            line.MarkerShape = MarkerShape.FilledCircle;
            line.MarkerSize = 5;
        }
    }
}
