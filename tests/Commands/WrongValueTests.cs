namespace LossSpikes.Tests.Commands;

/// <summary>Values of options that cannot be taken: exit code 2 and one sentence that names the option. Wrong usage keeps exit code 1 and the help.</summary>
public sealed class WrongValueTests
{
    [Theory]
    [InlineData("--steps is abc; it must be a whole number", "flow", "run", "--steps", "abc")]
    [InlineData("--from is 1.5; it must be a whole number", "flow", "run", "--from=1.5")]
    [InlineData("--kind is middle; it must be central or gradient", "flow", "run", "--kind", "middle")]
    [InlineData("--kind is 7; it must be central or gradient", "flow", "run", "--kind", "7")]
    [InlineData("--step is x; it must be a whole number", "spectrum", "run", "--step", "x")]
    [InlineData("--step is x; it must be a whole number", "spectrum", "run", "--step", "3", "x", "9")]
    [InlineData("--matrix is G; it must be hessian or edge", "spectrum", "run", "--matrix", "G")]
    [InlineData("--vectors is many; it must be a whole number", "spectrum", "run", "--vectors", "many")]
    [InlineData("--vectors must be from 1 to 1000", "spectrum", "run", "--vectors", "0")]
    [InlineData("--smoothing is wide; it must be a number", "spectrum", "run", "--smoothing", "wide")]
    [InlineData("--smoothing must be above 0 and at most 1", "spectrum", "run", "--smoothing", "2")]
    [InlineData("--seed is one; it must be a whole number", "run", "x.yaml", "--seed", "one")]
    [InlineData("--steps is 99999999999; it must be from -2147483648 to 2147483647", "resume", "run", "--steps", "99999999999")]
    [InlineData("--spike is first; it must be a whole number", "replay", "run", "--spike", "first", "--change", "dtype", "float64")]
    [InlineData("--at is onset; it must be a whole number", "replay", "run", "--spike", "1", "--change", "dtype", "float64", "--at", "onset")]
    [InlineData("--format is gif; it must be png or svg", "plot", "run", "--format", "gif")]
    [InlineData("--steps must be at least 1", "advise", "x.yaml", "--steps", "0")]
    [InlineData("--warm-up is soon; it must be a whole number", "advise", "x.yaml", "--warm-up", "soon")]
    [InlineData("--figure is seven; it must be a whole number", "article", "--figure", "seven")]
    [InlineData("--port is http; it must be a whole number", "playground", "--port", "http")]
    [InlineData("--loss is msee; it must be ", "diagnose", "a.pt", "--model", "m", "--data", "d", "--loss", "msee")]
    [InlineData("--jobs is all; it must be a whole number", "sweep", "x.yaml", "--over", "seed=0,1", "--jobs", "all")]
    [InlineData("--index is last; it must be a whole number", "sweep", "member", "folder", "--index", "last")]
    public void A_value_that_cannot_be_taken_gets_one_sentence_and_exit_code_2(string says, params string[] arguments)
    {
        var result = LabResult.Run(arguments);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(says, Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flow", "run", "--steps", "abc", "--stepps", "3")]
    [InlineData("flow", "--steps", "abc")]
    [InlineData("flow", "run", "--steps")]
    public void What_is_no_command_line_at_all_stays_wrong_usage(params string[] arguments) => Assert.Equal(1, LabResult.Run(arguments).ExitCode);

    [Fact]
    public void Help_is_given_whatever_else_is_written()
    {
        var result = LabResult.Run("flow", "run", "--steps", "abc", "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("--modes", result.Output, StringComparison.Ordinal);
    }
}
