using System.Net;
using System.Text.RegularExpressions;

namespace LossSpikes.Lab.Pages;

/// <summary>docs/glossary.md, which is inside this program: the one source of what a symbol or a term means, for pages and their help.</summary>
internal sealed partial class Glossary
{
    private const string Resource = "glossary.md";

    private readonly List<(string Heading, List<GlossaryTerm> Terms)> _sections = [];

    private Glossary(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                _sections.Add((heading.Groups[1].Value, []));
            }
            else if (Row().Match(line) is { Success: true } row && _sections.Count > 0)
            {
                _sections[^1].Terms.Add(new(Plain(row.Groups[1].Value), Plain(row.Groups[2].Value)));
            }
        }

        // The first row of a table is its header.
        _sections.ForEach(s => s.Terms.RemoveAt(0));
    }

    /// <summary>The glossary of this program.</summary>
    public static Glossary Own { get; } = ReadOwn();

    /// <summary>What a term means.</summary>
    /// <param name="term">Its cell of the glossary, such as S or θ, g, H.</param>
    public GlossaryTerm this[string term] => _sections.SelectMany(s => s.Terms).First(t => t.Term == term);

    /// <summary>All of it, as the content of a page.</summary>
    public string ToHtml() => string.Concat(_sections.Select((s, i) =>
        $"<section class=\"card\" aria-labelledby=\"terms-{i}\"><h2 id=\"terms-{i}\">{WebUtility.HtmlEncode(s.Heading)}</h2>\n<dl class=\"terms\">\n"
            + string.Concat(s.Terms.Select(t => $"<dt>{Subscripted(t.Term)}</dt><dd>{Subscripted(t.Meaning)}</dd>\n")) + "</dl></section>\n"));

    private static Glossary ReadOwn()
    {
        using var reader = new StreamReader(typeof(Glossary).Assembly.GetManifestResourceStream(Resource)!);
        return new(reader.ReadToEnd().Split('\n'));
    }

    /// <summary>The text as HTML: λ_max, x_{t−1} and L_(t−1) get their subscripts.</summary>
    private static string Subscripted(string text) => Subscript().Replace(
        WebUtility.HtmlEncode(text), m => $"{m.Groups[1].Value}<sub>{m.Groups[2].Value}{m.Groups[3].Value}{m.Groups[4].Value}</sub>");

    /// <summary>A cell without its marks: of a link stays the text, of a link to a page of the documentation the page.</summary>
    private static string Plain(string cell) => Link().Replace(cell, m => m.Groups[1].Value.EndsWith(".md", StringComparison.Ordinal)
        ? "docs/" + m.Groups[1].Value : m.Groups[1].Value).Replace("\\|", "|", StringComparison.Ordinal).Replace("`", "", StringComparison.Ordinal);

    [GeneratedRegex(@"^\*\*(.+)\*\*\s*$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| (.+?) \| (.+) \|\s*$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<!\p{L})(\p{L})_(?:\{([^}]*)\}|\(([^)]*)\)|(\p{L}+))")]
    private static partial Regex Subscript();
}

/// <summary>An entry of the glossary.</summary>
/// <param name="Term">A symbol or a word.</param>
/// <param name="Meaning">What it stands for.</param>
internal sealed record GlossaryTerm(string Term, string Meaning);
