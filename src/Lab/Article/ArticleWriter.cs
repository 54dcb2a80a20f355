using System.Text.Json;
using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Article;

/// <summary>Draws the article's figures into a folder, with their data, and the page that holds the claims against them.</summary>
internal static class ArticleWriter
{
    private static readonly JsonSerializerOptions Indented = new(RecordJson.Options) { WriteIndented = true };

    /// <summary>The numbers of the figures.</summary>
    public const int First = 1, Last = 7;

    /// <summary>Draws one figure, or all of them with the page and claims.json.</summary>
    /// <param name="directory">The folder; files of an earlier call are replaced.</param>
    /// <param name="only">The figure to draw, or null for all.</param>
    /// <param name="progress">Receives progress, one line per figure.</param>
    /// <returns>The claims; none where only one figure was asked for.</returns>
    public static IReadOnlyList<ArticleClaim> Write(string directory, int? only, TextWriter progress)
    {
        Directory.CreateDirectory(directory);
        var sweep = new Lazy<HamletSweep>(() =>
        {
            progress.WriteLine("walking the power law at 100 learning rates");
            return new HamletSweep();
        });
        Func<IArticleFigure>[] figures =
        [
            () => new ParabolaFigure(), () => new ParabolaDescentFigure(), () => new LevelSetFigure(), () => new QuadraticDescentFigure(),
            () => new LandscapeFigure(sweep.Value), () => new SpikesFigure(sweep.Value), () => new GradientFigure(sweep.Value),
        ];
        var drawn = figures.Where((_, i) => only is null || only == i + 1).Select(make =>
        {
            var figure = make();
            progress.WriteLine($"figure {figure.Figure.Number}: {figure.Figure.Title}");
            return (figure, Draw(figure, directory));
        }).ToList();
        if (only is not null)
        {
            return [];
        }

        progress.WriteLine("measuring the claims");
        var claims = ArticleClaims.Measure(sweep.Value);
        AtomicFile.WriteText(Path.Combine(directory, "claims.json"), JsonSerializer.Serialize(claims, Indented) + "\n");
        AtomicFile.WriteText(Path.Combine(directory, "article.html"), ArticlePage.Write(drawn, claims));
        return claims;
    }

    private static IReadOnlyList<string> Draw(IArticleFigure figure, string directory)
    {
        var name = $"figure-{figure.Figure.Number}";
        figure.Data.Write(Path.Combine(directory, name + ".csv"));
        return [.. figure.Images().Select(i =>
        {
            i.Image.Save(directory, name + i.Suffix, FigureFormat.Svg);
            return i.Image.Save(directory, name + i.Suffix, FigureFormat.Png);
        })];
    }
}
