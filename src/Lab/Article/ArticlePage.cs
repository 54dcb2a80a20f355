using LossSpikes.Lab.Pages;

namespace LossSpikes.Lab.Article;

/// <summary>article.html: the argument figure by figure, each claim next to its measurement.</summary>
internal static class ArticlePage
{
    /// <summary>The page.</summary>
    /// <param name="figures">In their order, each with the files of its pictures.</param>
    /// <param name="claims">What was measured.</param>
    public static string Write(IEnumerable<(IArticleFigure Figure, IReadOnlyList<string> Pictures)> figures, IReadOnlyList<ArticleClaim> claims)
    {
        var page = new Page("Loss spikes, measured");
        page.Paragraph(
            "The article “Loss spikes” argues in seven figures that loss spikes are not noise. This page draws each figure again from the definitions, "
                + "in double precision with exact derivatives, and compares each claim of the article with a measurement.");
        page.Heading("The claims");
        page.Table(Table(claims));
        foreach (var (figure, pictures) in figures)
        {
            var (number, title) = (figure.Figure.Number, figure.Figure.Title);
            page.Heading($"{number}. {title}");
            page.Prose(figure.Figure.Text);
            foreach (var picture in pictures)
            {
                page.Picture(picture, $"Figure {number}: {title}", $"{Path.GetFileNameWithoutExtension(picture)}; data: figure-{number}.csv");
            }

            var own = claims.Where(c => c.Figure == number).ToList();
            if (own.Count > 0)
            {
                page.Table(Table(own));
            }
        }

        return page.ToString();
    }

    private static PageTable Table(IEnumerable<ArticleClaim> claims) => new(["Claim", "Article", "Measured", "Verdict"], [.. claims.Select(Row)]);

    private static IReadOnlyList<PageCell> Row(ArticleClaim claim)
    {
        var verdict = claim.Verdict.ToString().ToLowerInvariant();
        return [claim.Claim, claim.Article, claim.Measured, new PageCell(verdict) { Class = verdict }];
    }
}
