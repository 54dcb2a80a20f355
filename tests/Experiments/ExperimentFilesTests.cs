using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Experiments;

/// <summary>The experiment files that come with the lab.</summary>
public sealed class ExperimentFilesTests
{
    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Repository.File("experiments"), "*.yaml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    [Trait("Speed", "Slow")]
    public void Every_experiment_runs_and_has_the_name_of_its_file(string file)
    {
        using var folder = new TemporaryFolder();
        var result = LabResult.Run("run", Repository.File($"experiments/{file}"), "--set", "steps=3", "--out", folder["out"], "--json");

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        var summary = JsonNode.Parse(result.Output)!;
        Assert.Equal(Path.GetFileNameWithoutExtension(file), (string?)summary["name"]);
        Assert.Equal(3, (int)summary["steps"]!);
        Assert.Equal(0, (int)summary["warnings"]!);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_experiment_has_its_page_and_its_row_in_the_list(string file)
    {
        var page = Path.ChangeExtension(file, ".md");

        Assert.StartsWith($"# {file}\n", File.ReadAllText(Repository.File($"experiments/{page}")), StringComparison.Ordinal);
        Assert.Contains($"\n| [{file}]({page}) |", File.ReadAllText(Repository.File("experiments/README.md")), StringComparison.Ordinal);
    }
}
