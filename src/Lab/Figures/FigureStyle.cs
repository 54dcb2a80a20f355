using ScottPlot;

namespace LossSpikes.Lab.Figures;

/// <summary>What every figure looks like. The colours are those of Okabe and Ito, which colour-blind readers tell apart.</summary>
internal static class FigureStyle
{
    public const float TitleSize = 21;
    public const float LabelSize = 16;
    public const float TickSize = 14.5f;
    public const float LegendSize = 15;
    public const float CurveWidth = 1.6f;
    public const float ThinWidth = 1.1f;
    public const float HairWidth = 0.6f;

    public static readonly Color Ink = Color.FromHex("#262626");
    public static readonly Color Frame = Color.FromHex("#8C8C8C");
    public static readonly Color Grid = Color.FromHex("#E9E9E9");
    public static readonly Color Loss = Color.FromHex("#404040");
    public static readonly Color Batch = Color.FromHex("#A8B6C4");
    public static readonly Color Threshold = Color.FromHex("#000000");
    public static readonly Color Spike = Color.FromHex("#D55E00");
    public static readonly Color SpikeSpan = Color.FromHex("#D55E00").WithOpacity(0.13);
    public static readonly Color Crossing = Color.FromHex("#7A7A7A");

    private static readonly Color[] Modes = Color.FromHex(["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#B8A900"]);

    /// <summary>The colour of the tracked eigenvector <paramref name="index"/> (from 0), the same in every panel.</summary>
    public static Color Mode(int index) => Modes[index % Modes.Length];

    /// <summary>An empty panel in this style.</summary>
    public static Plot NewPanel(string label)
    {
        FigureFonts.Register();
        Plot plot = new();
        plot.YLabel(label, LabelSize);
        foreach (var axis in new IAxis[] { plot.Axes.Left, plot.Axes.Bottom })
        {
            axis.Label.Bold = false;
            axis.Label.ForeColor = Ink;
            axis.TickLabelStyle.FontSize = TickSize;
            axis.TickLabelStyle.ForeColor = Ink;
            axis.MajorTickStyle.Color = axis.MinorTickStyle.Color = axis.FrameLineStyle.Color = Frame;
            axis.MinorTickStyle.Length = 3;
        }

        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Grid;
        plot.FigureBackground.Color = Colors.Transparent;
        plot.Axes.Left.TickLabelStyle.OffsetY = FigureText.BoxOffset * TickSize;
        plot.HideLegend();
        return plot;
    }
}
