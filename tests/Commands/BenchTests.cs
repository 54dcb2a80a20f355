using System.Text.Json;
using LossSpikes.Lab.Views;

namespace LossSpikes.Tests.Commands;

/// <summary>The command line of <c>lab bench</c>; its measurements are not tested here.</summary>
public sealed class BenchTests
{
    [Fact]
    public void Each_row_in_JSON_has_a_name_a_value_and_a_verdict()
    {
        var result = LabResult.Run("bench", "toy", "--json");

        Assert.Equal(ExitCode.Done, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        var row = Assert.Single(json.RootElement.GetProperty("rows").EnumerateArray());
        Assert.StartsWith("toy: ", row.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal(row.GetProperty("value").GetDouble() <= 3, row.GetProperty("met").GetBoolean());
        Assert.True(json.RootElement.GetProperty("machine").GetProperty("cores").GetInt32() > 0);
    }

    [Theory]
    [InlineData("there is no benchmark \"digit\"; did you mean digits", "--only", "digit")]
    [InlineData("there is no benchmark \"traker\"; did you mean tracker", "traker")]
    [InlineData("two groups are named", "toy", "--only", "digits")]
    [InlineData("only `lab bench tracker` has settings", "toy", "--set", "DriftMargin=2")]
    [InlineData("the tracker has no setting \"DriftMargn\"; did you mean DriftMargin", "tracker", "--set", "DriftMargn=2")]
    [InlineData("expected NAME=VALUE", "tracker", "--set", "DriftMargin")]
    [InlineData("DriftMargin must be a number, zero or more", "tracker", "--set", "DriftMargin=-1")]
    [InlineData("DriftMargin must be a number, zero or more", "tracker", "--set", "DriftMargin=much")]
    [InlineData("ExtraGuards must be a whole number, zero or more", "--only", "tracker", "--set", "ExtraGuards=1.5")]
    [InlineData("--against jax", "--against", "jax")]
    public void Wrong_arguments_are_refused_before_anything_is_measured(string sentence, params string[] arguments)
    {
        var result = LabResult.Run(["bench", .. arguments]);

        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Contains(sentence, result.Diagnostics, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }
}
