using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>Eigenvalues per step under the optimizer's stability threshold, and where the first of them went above it.</summary>
internal static class CurvaturePanel
{
    /// <param name="steps">The step of each row.</param>
    /// <param name="eigenvalues">λ₁, λ₂, … of each row, NaN where not measured.</param>
    /// <param name="threshold">The threshold of each row, NaN where there is none.</param>
    /// <param name="crossing">The step of the first crossing, or null.</param>
    /// <param name="ordinaryRows">See <see cref="ReadableRange.OrdinaryRows"/>.</param>
    /// <param name="formula">The formula of the threshold.</param>
    /// <param name="matrix">The matrix of the eigenvalues.</param>
    public static Plot Draw(
        double[] steps, IReadOnlyList<double[]> eigenvalues, double[] threshold, long? crossing, int ordinaryRows, string formula = "2/η", string matrix = "the Hessian")
    {
        var plot = FigureStyle.NewPanel((eigenvalues.Count == 1 ? "largest eigenvalue of " : "eigenvalues of ") + matrix);
        var axis = LinearAxis.For(eigenvalues, ordinaryRows).Including(new ValueRange(0, 0));
        var finite = threshold.Where(double.IsFinite).ToArray();
        axis = (finite.Length == 0 ? axis : axis.Including(new ValueRange(finite.Min(), finite.Max()))).WithMargins();

        for (var i = 0; i < eigenvalues.Count; i++)
        {
            new Curve("λ" + TickText.Subscript(i + 1), eigenvalues[i], FigureStyle.Mode(i)).AddTo(plot, axis, steps);
        }

        if (finite.Length > 0)
        {
            new Curve(ThresholdLabel(finite, formula, axis), threshold, FigureStyle.Threshold) { Dashed = true }.AddTo(plot, axis, steps);
        }

        if (crossing is { } step)
        {
            var line = plot.Add.VerticalLine(step, FigureStyle.CurveWidth, FigureStyle.Crossing, LinePattern.Dotted);
            line.LegendText = $"first crossing, step {step}";
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
