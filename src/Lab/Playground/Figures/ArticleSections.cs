using System.Net;
using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Pages;

namespace LossSpikes.Lab.Playground.Figures;

/// <summary>What the page of the article says about its figures: it is read without a script, which adds sliders and pictures.</summary>
internal static class ArticleSections
{
    /// <summary>A list of the figures, and a section for each.</summary>
    public static string Write(FigureSet figures) =>
        $"<nav class=\"contents\" aria-label=\"Figures\"><ol>\n{string.Concat(figures.All.Select(Entry))}</ol></nav>\n"
            + string.Concat(figures.All.Select(Section));

    private static string Entry(ISliderFigure figure) => $"<li><a href=\"#figure-{figure.Number}\">{WebUtility.HtmlEncode(figure.Title)}</a></li>\n";

    private static string Section(ISliderFigure figure) => $"""
        <section class="card" id="figure-{figure.Number}" aria-labelledby="title-{figure.Number}">
        <h2 id="title-{figure.Number}" tabindex="-1">{figure.Number}. {WebUtility.HtmlEncode(figure.Title)}</h2>
        <p>{MathText.ToHtml(figure.Text)}</p>
        </section>

        """;
}
