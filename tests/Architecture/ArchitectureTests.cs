using System.Text.RegularExpressions;

namespace LossSpikes.Tests.Architecture;

/// <summary>The namespaces of each project form the one-way graph that docs/architecture.md draws.</summary>
public sealed partial class ArchitectureTests
{
    public static TheoryData<string, string> Projects => new()
    {
        { "LossSpikes.Monitors", "LossSpikes.Monitors" },
        { "LossSpikes.TensorFiles", "LossSpikes.TensorFiles" },
        { "lab", "LossSpikes.Lab" },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_form_no_cycle(string assembly, string root)
    {
        var cycle = Graph(assembly, root).Cycle();

        Assert.True(cycle is null, $"a cycle of namespaces: {string.Join(" → ", cycle ?? [])}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_graph_of_namespaces_equals_the_one_in_the_documentation(string assembly, string root)
    {
        var drawn = Drawn(root);
        var measured = Graph(assembly, root).Uses();
        var differences = measured.Keys.Union(drawn.Keys).Order(StringComparer.Ordinal)
            .Select(room => (
                room, Drawn: drawn.GetValueOrDefault(room, "not there"), Measured: measured.TryGetValue(room, out var uses) ? Text(uses) : "not there"))
            .Where(d => d.Drawn != d.Measured)
            .Select(d => $"{d.room} uses {d.Measured}, and docs/architecture.md says {d.Drawn}")
            .ToList();

        Assert.True(differences.Count == 0, string.Join("; ", differences));
    }

    private static NamespaceGraph Graph(string assembly, string root) =>
        new(System.Reflection.Assembly.Load(assembly), root, Repository.File($"src/{root.Split('.')[1]}"));

    private static string Text(IEnumerable<string> rooms) => rooms.Any() ? string.Join(", ", rooms) : "–";

    /// <summary>The rows <c>| Room | job | rooms that it uses |</c> below the heading that names the root namespace.</summary>
    private static Dictionary<string, string> Drawn(string root)
    {
        var text = File.ReadAllText(Repository.File("docs/architecture.md"));
        var section = text[text.IndexOf($"`{root}`\n", StringComparison.Ordinal)..];
        var table = section.Split("\n\n").First(part => part.StartsWith("| ", StringComparison.Ordinal));
        return Row().Matches(table).ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);
    }

    [GeneratedRegex(@"^\| `([^`]+)` \|[^|]*\| ([^|]*?) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
