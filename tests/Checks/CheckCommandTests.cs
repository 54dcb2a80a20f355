using System.Text.Json.Nodes;
using LossSpikes.Lab.Checks;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Checks;

/// <summary>lab check through the entry point: the predictions of the theory against measurements.</summary>
public sealed class CheckCommandTests
{
    [Theory]
    [InlineData("thresholds", 8)]
    [InlineData("taylor", 51)]
    [InlineData("flow", 3)]
    [InlineData("hovering", 6)]
    [InlineData("catapult", 7)]
    [InlineData("minimal", 3)]
    [InlineData("intervention", 3)]
    [Trait("Speed", "Slow")]
    public void Every_check_passes_and_that_of_the_flow_draws_a_figure(string name, int atLeast)
    {
        using var folder = new TemporaryFolder();
        var result = LabResult.Run("check", name, "--json", "--out", folder.Root);
        var rows = JsonNode.Parse(result.Output)!.AsArray();

        Assert.True(rows.Count >= atLeast, $"{rows.Count} rows");
        Assert.All(rows, r => Assert.True((bool)r!["pass"]!, r.ToJsonString()));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(name == "flow" ? 1 : 0, Directory.GetFiles(folder.Root).Count(f => new FileInfo(f) is { Name: "flow.png", Length: > 10_000 }));
        foreach (var row in rows)
        {
            // The verdict, from the numbers in its row.
            var (measured, predicted, tolerance) = ((double)row!["measured"]!, (double)row["predicted"]!, (double)row["tolerance"]!);
            Assert.True(Math.Abs(measured - predicted) <= tolerance * (predicted == 0 ? 1 : Math.Abs(predicted)));
        }
    }

    [Theory]
    [InlineData(1.001, 1, 0.01, true)]
    [InlineData(1.02, 1, 0.01, false)]
    [InlineData(-0.5, 0, 1, true)]
    [InlineData(2, 0, 1, false)]
    [InlineData(double.NaN, 1, 0.01, false)]
    public void A_row_passes_within_its_tolerance(double measured, double predicted, double tolerance, bool passes) =>
        Assert.Equal(passes, new CheckRow("", measured, predicted, tolerance).Pass);

    [Fact]
    public void An_unknown_check_is_refused_in_one_sentence()
    {
        var result = LabResult.Run("check", "tailor");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("taylor", Assert.Single(result.Diagnostics.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
