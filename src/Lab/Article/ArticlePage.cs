using System.Net;
using System.Text;

namespace LossSpikes.Lab.Article;

/// <summary>article.html: the argument figure by figure, each claim beside what was measured. One file that opens without a network.</summary>
internal static class ArticlePage
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #222; --paper: #fff; --line: #ccc; --good: #00704f; --bad: #b04000; --half: #8a6d00; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #161616; --line: #444; --good: #4cc9a0; --bad: #ff9a5c; --half: #e0c050; } }
        body { font: 17px/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1, h2 { line-height: 1.25; } figure { margin: 1rem 0; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
        figcaption, .note { font-size: .9rem; opacity: .85; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid var(--line); }
        .table { overflow-x: auto; } .confirmed { color: var(--good); font-weight: 600; } .contradicted { color: var(--bad); font-weight: 600; } .partly { color: var(--half); font-weight: 600; }
        """;

    /// <summary>The page.</summary>
    /// <param name="figures">In their order, each with the bytes of its PNG pictures by file name.</param>
    /// <param name="claims">What was measured.</param>
    public static string Write(IEnumerable<(IArticleFigure Figure, IReadOnlyList<(string Name, byte[] Png)> Pictures)> figures, IReadOnlyList<ArticleClaim> claims)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append($"<title>Loss spikes, measured</title>\n<style>\n{Style}</style>\n</head>\n<body>\n<main>\n<h1>Loss spikes, measured</h1>\n")
            .Append("<p>The article “Loss spikes” argues in seven figures that loss spikes are no noise. Here each figure is drawn again from the definitions, in float64 with exact derivatives, and each claim stands beside what came out.</p>\n")
            .Append("<h2>The claims</h2>\n").Append(Table(claims));
        foreach (var (figure, pictures) in figures)
        {
            page.Append($"<h2>{figure.Number}. {Text(figure.Title)}</h2>\n<p>{Text(figure.Text)}</p>\n");
            foreach (var (name, png) in pictures)
            {
                page.Append($"<figure><img alt=\"{Text($"Figure {figure.Number}: {figure.Title}")}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\"><figcaption>{Text(name)}; data: figure-{figure.Number}.csv</figcaption></figure>\n");
            }

            var own = claims.Where(c => c.Figure == figure.Number).ToList();
            page.Append(own.Count > 0 ? Table(own) : "");
        }

        return page.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static string Table(IEnumerable<ArticleClaim> claims)
    {
        var table = new StringBuilder("<div class=\"table\"><table>\n<thead><tr><th>Claim</th><th>Article</th><th>Measured</th><th>Verdict</th></tr></thead>\n<tbody>\n");
        foreach (var claim in claims)
        {
            var verdict = claim.Verdict.ToString().ToLowerInvariant();
            table.Append($"<tr><td>{Text(claim.Claim)}</td><td>{Text(claim.Article)}</td><td>{Text(claim.Measured)}</td><td class=\"{verdict}\">{verdict}</td></tr>\n");
        }

        return table.Append("</tbody>\n</table></div>\n").ToString();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
