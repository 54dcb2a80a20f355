using System.Text.RegularExpressions;

namespace LossSpikes.Tests.Documentation;

/// <summary>A Markdown page of the repository.</summary>
/// <param name="Path">Its path in the repository.</param>
/// <param name="Text">What it says.</param>
internal sealed partial record Page(string Path, string Text)
{
    private static readonly string[] Folders = ["docs", "experiments", "notebooks", "src"];

    /// <summary>All pages.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory.GetFiles(Repository.File(""), "*.md")
            .Concat(Folders.SelectMany(f => Directory.GetFiles(Repository.File(f), "*.md", SearchOption.AllDirectories)))
            .Select(f => new Page(System.IO.Path.GetRelativePath(Repository.File(""), f), File.ReadAllText(f)))
            .OrderBy(p => p.Path, StringComparer.Ordinal),
    ];

    /// <summary>The fenced blocks of one language, each with the line at which it begins.</summary>
    public IEnumerable<(int Line, string Code)> Blocks(string language) =>
        Fence().Matches(Text).Where(m => m.Groups[1].Value == language).Select(m => (Text[..m.Index].Count(c => c == '\n') + 2, m.Groups[2].Value));

    /// <summary>The lines that stand in fenced or indented blocks.</summary>
    public IEnumerable<string> BlockLines
    {
        get
        {
            var fenced = false;
            foreach (var line in Text.Split('\n'))
            {
                if (line.StartsWith("```", StringComparison.Ordinal))
                {
                    fenced = !fenced;
                }
                else if (fenced || line.StartsWith("    ", StringComparison.Ordinal))
                {
                    yield return line.Trim();
                }
            }
        }
    }

    /// <summary>The pieces of code inside sentences and tables.</summary>
    public IEnumerable<string> Inline => Span().Matches(Fence().Replace(Text, "")).Select(m => m.Groups[1].Value.ReplaceLineEndings(" "));

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();
}
