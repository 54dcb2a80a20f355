using System.Net;
using System.Text;
using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Pages;

/// <summary>One HTML file that opens without a network and needs no script: pictures are inside it, every text is escaped.</summary>
internal sealed class Page
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #222; --paper: #fff; --line: #ccc; --good: #00704f; --bad: #b04000; --half: #8a6d00; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #161616; --line: #444; --good: #4cc9a0; --bad: #ff9a5c; --half: #e0c050; } }
        body { font: 17px/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1, h2, h3 { line-height: 1.25; } h1, h2, h3, p { overflow-wrap: anywhere; }
        .formula { white-space: nowrap; } math[display="block"] { margin: .5rem 0; }
        figure { margin: 1rem 0; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
        @media (prefers-color-scheme: dark) { img { filter: invert(.91) hue-rotate(180deg); } }
        @media print {
          body { max-width: none; font-size: 11pt; } .table { overflow: visible; } figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
        }
        figcaption, caption, .note { font-size: .9rem; opacity: .85; } caption { text-align: left; }
        table { border-collapse: collapse; width: 100%; } .table, pre { overflow-x: auto; }
        th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid var(--line); }
        .wide table { font-size: .8rem; line-height: 1.35; } .wide th, .wide td { padding: .35rem .3rem; }
        nav ul { columns: 14rem; font-size: .95rem; } a { color: inherit; }
        .confirmed { color: var(--good); } .contradicted { color: var(--bad); } .partly { color: var(--half); }
        .confirmed, .contradicted, .partly { font-weight: 600; }
        """;

    // A table of more columns is set smaller, so that it is whole on a screen and on paper.
    private const int WideColumns = 8;

    // A page of fewer sections needs no list of them.
    private const int FewestSections = 4;

    private readonly StringBuilder _html = new();
    private readonly List<string> _sections = [];
    private readonly string _title;

    /// <param name="title">Its name and first heading.</param>
    public Page(string title) => _title = title;

    /// <summary>Begins a section.</summary>
    public void Heading(string text, int level = 2)
    {
        if (level > 2)
        {
            _html.Append($"<h{level}>{Text(text)}</h{level}>\n");
            return;
        }

        _sections.Add(text);
        _html.Append($"<h2 id=\"section-{_sections.Count}\">{Text(text)}</h2>\n");
    }

    public void Paragraph(string text) => _html.Append($"<p>{Text(text)}</p>\n");

    /// <summary>A paragraph with formulas, in the notation of <see cref="MathText"/>.</summary>
    public void Prose(string text) => _html.Append($"<p>{MathText.ToHtml(text)}</p>\n");

    /// <summary>A list of texts; nothing where there are none.</summary>
    public void List(IReadOnlyCollection<string> items) =>
        _html.Append(items.Count == 0 ? "" : $"<ul>\n{string.Concat(items.Select(i => $"<li>{Text(i)}</li>\n"))}</ul>\n");

    /// <summary>A picture, by the bytes of its file.</summary>
    /// <param name="file">A drawing of the lab, PNG or SVG.</param>
    /// <param name="alternative">What it shows, for those who do not see it.</param>
    /// <param name="caption">The text below it.</param>
    public void Picture(string file, string alternative, string caption)
    {
        var media = file.EndsWith(Figures.Picture.Extension(FigureFormat.Svg), StringComparison.Ordinal) ? "image/svg+xml" : "image/png";
        _html.Append(
            $"<figure><img alt=\"{Text(alternative)}\" "
                + $"src=\"data:{media};base64,{Convert.ToBase64String(File.ReadAllBytes(file))}\"><figcaption>{Text(caption)}</figcaption></figure>\n");
    }

    /// <summary>A table; cells beyond the first of a row may have a class of the style.</summary>
    public void Table(PageTable table)
    {
        _html.Append($"<div class=\"table{(table.Header.Count > WideColumns ? " wide" : "")}\"><table>\n");
        _html.Append(table.Caption is null ? "" : $"<caption>{Text(table.Caption)}</caption>\n");
        _html.Append($"<thead><tr>{string.Concat(table.Header.Select(h => $"<th scope=\"col\">{Text(h)}</th>"))}</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            _html.Append($"<tr>{string.Concat(row.Select(Cell))}</tr>\n");
        }

        _html.Append("</tbody>\n</table></div>\n");
    }

    /// <summary>The whole file.</summary>
    public override string ToString() => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(_title)}</title>
        <style>
        {Style}</style>
        </head>
        <body>
        <main>
        <h1>{Text(_title)}</h1>
        {Contents()}{_html}</main>
        </body>
        </html>

        """;

    private string Contents() => _sections.Count < FewestSections ? ""
        : $"<nav aria-label=\"Contents\"><ul>\n{string.Concat(_sections.Select(Entry))}</ul></nav>\n";

    private static string Entry(string section, int index) => $"<li><a href=\"#section-{index + 1}\">{Text(section)}</a></li>\n";

    private static string Cell(PageCell cell) => cell switch
    {
        { Heads: true } => $"<th scope=\"row\">{Text(cell.Text)}</th>",
        { Class: { } style } => $"<td class=\"{Text(style)}\">{Text(cell.Text)}</td>",
        _ => $"<td>{Text(cell.Text)}</td>",
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
