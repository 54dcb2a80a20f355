using LossSpikes.Lab.Runs;
using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>Eigenvalues per step under the optimizer's stability threshold, and where the first of them went above it.</summary>
internal static class CurvaturePanel
{
    /// <param name="steps">The step of each row.</param>
    /// <param name="eigenvalues">λ₁, λ₂, … of each row, NaN where not measured.</param>
    /// <param name="threshold">The threshold of each row, NaN where there is none.</param>
    /// <param name="crossing">The first crossing, or null.</param>
    /// <param name="labels">What the threshold and the matrix are called.</param>
    /// <param name="ordinaryRows">See <see cref="ReadableRange.OrdinaryRows"/>.</param>
    public static Plot Draw(
        double[] steps, IReadOnlyList<double[]> eigenvalues, double[] threshold, RecordedCrossing? crossing, CurvatureLabels labels, int ordinaryRows)
    {
        var plot = FigureStyle.NewPanel((eigenvalues.Count == 1 ? "largest eigenvalue of " : "eigenvalues of ") + labels.Matrix);
        var axis = LinearAxis.For(eigenvalues, ordinaryRows).Including(new ValueRange(0, 0));
        var finite = threshold.Where(double.IsFinite).ToArray();
        axis = (finite.Length == 0 ? axis : axis.Including(new ValueRange(finite.Min(), finite.Max()))).WithMargins();

        for (var i = 0; i < eigenvalues.Count; i++)
        {
            new Curve("λ" + TickText.Subscript(i + 1), eigenvalues[i], FigureStyle.Mode(i)).AddTo(plot, axis, steps);
        }

        if (finite.Length > 0)
        {
            new Curve(ThresholdLabel(finite, labels.Threshold, axis), threshold, FigureStyle.Threshold) { Dashed = true }.AddTo(plot, axis, steps);
        }

        if (crossing is not null)
        {
            var line = plot.Add.VerticalLine(crossing.Step, FigureStyle.CurveWidth, FigureStyle.Crossing, LinePattern.Dotted);
            line.LegendText = $"first crossing, step {crossing.Step}";
        }

        axis.ApplyTo(plot);
        return plot;
    }

    private static string ThresholdLabel(double[] finite, string name, LinearAxis axis)
    {
        var constant = finite.Min() == finite.Max() ? $"{name} = {TickText.Short(finite[0])}" : name;
        return finite.Min() > axis.Limits.High ? constant + " (above)" : constant;
    }
}
