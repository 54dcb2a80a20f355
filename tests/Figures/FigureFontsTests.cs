using LossSpikes.Lab.Figures;
using ScottPlot;

namespace LossSpikes.Tests.Figures;

public sealed class FigureFontsTests
{
    [Fact]
    public void The_font_has_every_glyph_that_figures_use() =>
        Assert.True(FigureFonts.Typeface.ContainsGlyphs("0123456789abcXYZ.,()/=+ ηλβ∇δα·×−½√ ⁰¹²³⁴⁵⁶⁷⁸⁹⁻ ₀₁₂₃₄₅₆₇₈₉ P⁻¹H"));

    [Fact]
    public void Plots_use_the_font_of_the_assembly()
    {
        var plot = FigureStyle.NewPanel("loss");
        Assert.Equal(FigureFonts.Family, plot.Axes.Left.Label.FontName);
        Assert.Equal(FigureFonts.Family, FigureFonts.Typeface.FamilyName);
        Assert.Same(FigureFonts.Typeface, Fonts.GetTypeface(FigureFonts.Family, bold: false, italic: false));
    }

    [Fact]
    public void The_licence_ships_with_the_font()
    {
        using var stream = typeof(FigureFonts).Assembly.GetManifestResourceStream("DejaVuSans.LICENSE.txt")!;
        Assert.Contains("Bitstream", new StreamReader(stream).ReadToEnd(), StringComparison.Ordinal);
    }
}
