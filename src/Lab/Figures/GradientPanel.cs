using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>The gradient's components along the tracked eigenvectors, per step: where they alternate and grow, a spike is made.</summary>
internal static class GradientPanel
{
    // At the start of a run the gradient is many times as large as ever after: its first fiftieth has no say in the scale.
    private const int TransientShare = 50;

    /// <param name="steps">The step of each row.</param>
    /// <param name="components">g·v₁, g·v₂, … of each row, NaN where not measured.</param>
    /// <param name="ordinaryRows">See <see cref="ReadableRange.OrdinaryRows"/>.</param>
    public static Plot Draw(double[] steps, IReadOnlyList<double[]> components, int ordinaryRows)
    {
        var plot = FigureStyle.NewPanel("gradient along eigenvectors");
        var transient = components.Select(c => c.Length).FirstOrDefault() / TransientShare;
        var axis = LinearAxis.For([.. components.Select(c => c[transient..])], ordinaryRows - transient).WithMargins();
        for (var i = 0; i < components.Count; i++)
        {
            new Curve("g·v" + TickText.Subscript(i + 1), components[i], FigureStyle.Mode(i)) { Width = FigureStyle.ThinWidth }.AddTo(plot, axis, steps);
        }

        axis.ApplyTo(plot);
        return plot;
    }
}
