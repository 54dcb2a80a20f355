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
    public void Every_experiment_has_its_own_section_in_the_page_of_experiments(string file) =>
        Assert.Contains($"\n## {file}\n", File.ReadAllText(Repository.File("experiments/README.md")), StringComparison.Ordinal);
}
