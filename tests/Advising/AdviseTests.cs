using System.Text.Json.Nodes;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Advising;

/// <summary><c>lab advise</c>, compared with closed forms.</summary>
public sealed class AdviseTests : IDisposable
{
    private const string Unscaled = """
        name: unscaled
        dtype: float64
        objective:
          kind: network
          data: { kind: inline, inputs: [[65], [70], [75], [80], [85], [90], [95], [100]], targets: [[200], [250], [300], [350], [400], [450], [500], [550]] }
          model: { kind: mlp, hidden: [], activation: tanh }
          loss: mse
        optimizer: { kind: gd, learning_rate: 2.0e-4 }
        steps: 1000
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_unscaled_feature_is_said_to_need_standardizing_with_the_numbers_of_both()
    {
        var advice = Advise(Unscaled);

        // H = [[E[x²], E[x]], [E[x], 1]] of x = 65, 70, …, 100; with a mean of 0 and a deviation of 1 it is the identity.
        var (square, mean) = (6937.5, 82.5);
        var largest = (square + 1 + Math.Sqrt((square - 1) * (square - 1) + 4 * mean * mean)) / 2;
        Assert.Equal(largest, (double)advice["start"]!["eigenvalues"]![0]!, 1e-6 * largest);
        Assert.Equal(2 / largest, (double)advice["start"]!["largest_stable_learning_rate"]!, 1e-10);
        Assert.Equal(largest / (square + 1 - largest), (double)advice["condition_number"]!, 1e-3 * largest / (square + 1 - largest));
        Assert.Equal(1, (double)advice["standardized"]!["sharpness"]!, 1e-9);
        Assert.Equal(2, (double)advice["standardized"]!["largest_stable_learning_rate"]!, 1e-8);
        Assert.Contains("standardize the inputs: a feature has a mean of 7.2 standard deviations", Sentences(advice), StringComparison.Ordinal);
        Assert.Contains("S does not rise towards the threshold in 200 steps", Sentences(advice), StringComparison.Ordinal);
        Assert.Equal([false, false, true], advice["futures"]!.AsArray().Select(f => (bool)f!["spiked"]!)); // as planned, 0.95 η*, 1.1 η*
    }

    [Fact]
    public void Scaled_inputs_are_not_said_to_need_it()
    {
        var advice = Advise(Unscaled, "--set", "objective.data={ kind: inline, inputs: [[-1], [1], [-1], [1]], targets: [[1], [2], [2], [3]] }");

        Assert.Null(advice["standardized"]);
        Assert.DoesNotContain("standardize", Sentences(advice), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gd", 2 / 10.0)]
    [InlineData("momentum, beta: 0.5", 3 / 10.0)]
    [InlineData("ema_momentum, beta: 0.5", 6 / 10.0)]
    public void The_largest_stable_learning_rate_of_a_quadratic_is_its_closed_form(string kind, double expected)
    {
        var advice = Advise($$"""
            name: quadratic
            objective: { kind: quadratic, eigenvalues: [10, 1], start: [1, 1] }
            optimizer: { kind: {{kind}}, learning_rate: 0.01 }
            steps: 500
            """);

        Assert.Equal(expected, (double)advice["start"]!["largest_stable_learning_rate"]!, 1e-9);
        Assert.Equal(10, (double)advice["condition_number"]!, 1e-9);
        Assert.Equal([false, false, true], advice["futures"]!.AsArray().Select(f => (bool)f!["spiked"]!));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_step_at_which_the_sharpness_passes_the_threshold_is_that_of_the_run()
    {
        var file = Repository.File("experiments/power-law.yaml");
        var (advice, run) = (_folder["advice"], _folder["run"]);
        Assert.Equal(0, LabResult.Run("advise", file, "--out", advice).ExitCode);
        Assert.Equal(0, LabResult.Run("run", file, "--set", "steps=150", "--out", run).ExitCode);

        var told = JsonNode.Parse(File.ReadAllText(Path.Combine(advice, "advice.json")))!;
        Assert.Equal(RecordedRun.Open(run).FirstCrossing, (long)told["edge_step"]!);
        Assert.True(File.Exists(Path.Combine(advice, "report.html")));
        Assert.Equal(
            RecordedRun.Open(run).Metrics.Loss.Take(150), RecordedRun.Open(Path.Combine(advice, "futures", "as-planned")).Metrics.Loss.Take(150));
    }

    [Theory]
    [InlineData("--steps", "0")]
    [InlineData("--warm-up", "-1")]
    [InlineData("--set", "optimizer.learning_rate=-1")]
    public void Bad_input_is_refused_and_leaves_no_folder(string option, string value)
    {
        var result = LabResult.Run("advise", _folder.Write("run.yaml", Unscaled), "--out", _folder["out"], option, value);

        Assert.Equal(2, result.ExitCode);
        Assert.Single(result.Diagnostics.TrimEnd().Split('\n'));
        Assert.False(Path.Exists(_folder["out"]));
    }

    private JsonNode Advise(string yaml, params string[] more)
    {
        var result = LabResult.Run(["advise", _folder.Write("run.yaml", yaml), "--json", "--out", _folder["out"], .. more]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return JsonNode.Parse(result.Output)!;
    }

    private static string Sentences(JsonNode advice) => string.Join('\n', advice["advice"]!.AsArray().Select(a => (string)a!));
}
