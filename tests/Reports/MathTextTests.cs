using System.Xml.Linq;
using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Pages;

namespace LossSpikes.Tests.Reports;

/// <summary>Formulas as MathML, and the glossary on pages.</summary>
public sealed class MathTextTests
{
    [Theory]
    [InlineData("x_t", "<msub><mi>x</mi><mi>t</mi></msub>")]
    [InlineData("k^α", "<msup><mi>k</mi><mi>α</mi></msup>")]
    [InlineData("x_{t+1}^2", "<msubsup><mi>x</mi><mrow><mi>t</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></msubsup>")]
    [InlineData("{1}/{2 S}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn><mi>S</mi></mrow></mfrac>")]
    [InlineData("2/η < λ_max", "<mn>2</mn><mo lspace=\"0\" rspace=\"0\" stretchy=\"false\">/</mo><mi>η</mi><mo>&lt;</mo><msub><mi>λ</mi><mi>max</mi></msub>")]
    [InlineData("Σ_{k}^N 0.5.", "<munderover><mo>Σ</mo><mrow><mi>k</mi></mrow><mi>N</mi></munderover><mn>0.5</mn><mo>.</mo>")]
    public void A_formula_is_typeset(string notation, string expected) =>
        Assert.Equal($"<math display=\"block\">{expected}</math>", MathText.ToHtml($"$${notation}$$"));

    [Fact]
    public void Text_around_formulas_is_escaped_and_keeps_its_comma_beside_them() => Assert.Equal(
        "a &lt; b, <span class=\"formula\"><math><mi>S</mi></math>,</span> and so", MathText.ToHtml("a < b, $S$, and so"));

    [Fact]
    public void The_texts_of_the_figures_are_well_formed_and_have_no_sign_left()
    {
        var sweep = new HamletSweep();
        ISliderFigure[] figures =
        [
            new Parabola(), new ParabolaDescent(), new LevelSets(), new QuadraticDescent(), new Landscape(sweep), new SpikesPerStep(sweep),
            new GradientComponents(sweep),
        ];
        Assert.All(figures, figure =>
        {
            var html = XElement.Parse($"<p>{MathText.ToHtml(figure.Text)}</p>");
            Assert.NotEmpty(html.Descendants("math"));
            Assert.DoesNotContain(html.Value, c => c is '$' or '_' or '^' or '{' or '}');
            Assert.All(html.Descendants("mfrac"), f => Assert.Equal(2, f.Elements().Count()));
            Assert.All(figure.Panels.SelectMany(p => p.Terms), term => Assert.NotEmpty(Glossary.Own[term].Meaning));
        });
    }

    [Fact]
    public void The_glossary_has_every_row_of_its_file_without_the_marks_of_the_file()
    {
        var rows = File.ReadAllLines(Repository.File("docs/glossary.md")).Count(l => l.StartsWith("| ", StringComparison.Ordinal));
        var page = XElement.Parse($"<main>{Glossary.Own.ToHtml()}</main>");

        Assert.Equal(rows - page.Elements("section").Count(), page.Descendants("dt").Count()); // each table has a header
        Assert.DoesNotContain(page.Value, c => c is '`' or '\\' or '[' or '*');
        Assert.Equal("sharpness: λ₁", Glossary.Own["S"].Meaning);
        Assert.Contains("λ<sub>max</sub>", Glossary.Own.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("more than min_rise above", Glossary.Own.ToHtml(), StringComparison.Ordinal);
    }
}
