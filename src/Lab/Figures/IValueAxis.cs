using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>The vertical axis of a panel: where a value stands, and what the axis shows.</summary>
internal interface IValueAxis
{
    /// <summary>What the axis shows, in its own coordinates.</summary>
    ValueRange Limits { get; }

    /// <summary>The coordinate of a value; NaN stays NaN and makes a gap.</summary>
    double Position(double value);

    /// <summary>Gives the plot's left axis these limits and ticks.</summary>
    void ApplyTo(Plot plot);
}
