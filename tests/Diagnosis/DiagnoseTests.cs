using System.Text.Json.Nodes;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Diagnosis;

/// <summary><c>lab diagnose</c>, end to end: trainings that PyTorch made, whose causes their script knows, and runs of the lab.</summary>
public sealed class DiagnoseTests : IDisposable
{
    // λ₁ of (1/n)XᵀX for the rows (x, 1), x = 65, 70, …, 100: (T + √(T² − 4D))/2 with T = mean(x²) + 1 and D = var(x).
    private const double Mean = 82.5, MeanOfSquares = 6937.5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void At_least_18_of_20_made_spikes_get_their_cause()
    {
        var wrong = SpikeCase.All.Where(c => c.Cause is not ("quadratic" or "divergence"))
            .Select(c => (c.Name, c.Cause, First: (string)c.Diagnose(_folder[c.Name], "--steps", "100")["causes"]![0]!["name"]!)).ToList();

        Assert.Equal(20, wrong.Count);
        Assert.True(wrong.RemoveAll(c => c.First == c.Cause) >= 18, string.Join("; ", wrong));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void In_quadratic_phases_a_share_of_095_of_the_largest_rate_never_spikes_and_11_does()
    {
        var spiked = SpikeCase.All.Where(c => c.Cause == "quadratic").Select(c => (c.Name, Futures: Futures(c.Diagnose(_folder[c.Name])))).ToList();

        Assert.Equal(12, spiked.Count);
        Assert.All(spiked, c => Assert.False(c.Futures["eta-0.95-of-largest"], c.Name));
        Assert.True(spiked.Count(c => c.Futures["eta-1.1-of-largest"]) >= 11, string.Join("; ", spiked));
    }

    [Fact]
    public void A_regression_on_a_feature_that_is_not_scaled_diverges_above_the_rate_of_its_closed_form()
    {
        var (trace, determinant) = (MeanOfSquares + 1, MeanOfSquares - Mean * Mean);
        var sharpness = (trace + Math.Sqrt(trace * trace - 4 * determinant)) / 2;

        var diagnosis = SpikeCase.Of("regression").Diagnose(_folder["d"], "--steps", "100");
        var before = diagnosis["before"]!;

        Assert.Equal(6938.4811, sharpness, 1e-4);
        Assert.Equal(sharpness, (double)before["eigenvalues"]![0]!, 1e-5 * sharpness);
        Assert.Equal(2 / sharpness, (double)before["largest_stable_learning_rate"]!, 1e-5 * 2 / sharpness);
        Assert.Equal("divergence", (string?)diagnosis["causes"]![0]!["name"]);
        Assert.Equal((true, false, true), Futures(diagnosis) is var f ? (f["as-it-was"], f["eta-0.95-of-largest"], f["eta-1.1-of-largest"]) : default);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_second_moment_that_decayed_gets_advice_that_was_tried()
    {
        var advice = SpikeCase.Of("decayed-4").Diagnose(_folder["d"])["advice"]!.AsArray();
        var stuck = SpikeCase.Of("decayed-1").Diagnose(_folder["e"])["advice"]!.AsArray();

        Assert.StartsWith("β₂ = 0.9", (string?)advice[0]!["change"], StringComparison.Ordinal);
        Assert.True((bool)advice[0]!["stayed_away"]!);
        Assert.StartsWith("β₂ = 0.9", (string?)stuck[0]!["change"], StringComparison.Ordinal);
        Assert.False((bool)stuck[0]!["stayed_away"]!); // and the page says so
        Assert.StartsWith("ε = ", (string?)stuck[1]!["change"], StringComparison.Ordinal);
        Assert.True((bool)stuck[1]!["stayed_away"]!);
    }

    [Fact]
    public void The_folder_holds_the_page_the_figure_and_what_the_command_prints()
    {
        var @case = SpikeCase.Of("bad-1");
        var printed = @case.Diagnose(_folder["d"], "--steps", "12");
        var text = LabResult.Run([.. @case.Arguments, "--out", _folder["e"], "--steps", "12"]);

        var written = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["d"], "diagnosis.json")))!;
        Assert.Equal(_folder["d"], (string?)printed["directory"]);
        Assert.True(printed.AsObject().Remove("directory"));
        Assert.True(JsonNode.DeepEquals(written, printed));
        Assert.Contains("Why did the loss spike? (before)", File.ReadAllText(Path.Combine(_folder["d"], "report.html")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["d"], "figures", "futures.png")));
        Assert.All(
            written["futures"]!.AsArray(), f => Assert.True(RecordedRun.IsFinished(Path.Combine(_folder["d"], "futures", (string)f!["name"]!))));
        Assert.Equal($"{written["answer"]}\npage: {Path.Combine(_folder["e"], "report.html")}\n", text.Output);
        Assert.StartsWith("bad batch: the batch of step 7 has a loss of", (string?)written["answer"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_files_give_the_same_diagnosis()
    {
        var @case = SpikeCase.Of("regression");

        Assert.Equal(Diagnosis("d"), Diagnosis("e"));

        string Diagnosis(string name)
        {
            @case.Diagnose(_folder[name], "--steps", "20");
            return File.ReadAllText(Path.Combine(_folder[name], "diagnosis.json"));
        }
    }

    [Fact]
    public void A_spike_of_a_run_is_diagnosed_from_its_folder()
    {
        var file = _folder.Write("small.yaml", SmallExperiment.Yaml);
        Assert.Equal(0, LabResult.Run("run", file, "--out", _folder["run"], "--set", "checkpoint.every=5").ExitCode);
        var recorded = RecordedRun.Open(_folder["run"]).Spikes[1]; // the first one is a catapult

        var result = LabResult.Run("diagnose", _folder["run"], "--spike", $"{recorded.Id}", "--out", _folder["d"], "--json");
        var diagnosis = JsonNode.Parse(result.Output)!;

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("edge_of_stability", (string?)diagnosis["causes"]![0]!["name"]);
        Assert.True(Futures(diagnosis)["as-it-was"]);
        Assert.Equal(recorded.OpenStep, (long?)diagnosis["futures"]![0]!["spike_step"]);
        Refused(["diagnose", _folder["run"], "--spike", "99", "--out", _folder["f"]], "99");
    }

    [Fact]
    public void A_checkpoint_after_the_divergence_may_have_weights_that_are_not_finite()
    {
        var @case = SpikeCase.Of("regression");
        var broken = SpikeCase.Write(_folder["broken.pt"], ("model", SpikeCase.Of("regression").Weights(weight => weight.mul(float.NaN))));

        var result = LabResult.Run(["diagnose", @case.Before, broken, .. @case.Inputs, "--steps", "10", "--out", _folder["d"], "--json"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            JsonNode.Parse(result.Output)!["assumptions"]!.AsArray(), a => ((string)a!).Contains("not finite", StringComparison.Ordinal));
        Refused(["diagnose", broken, .. @case.Inputs, "--optimizer", "sgd", "--learning-rate", "0.1"], $"{broken}: its weights are not finite");
    }

    private static void Refused(string[] arguments, string says)
    {
        var result = LabResult.Run(arguments);

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(says, result.Diagnostics, StringComparison.Ordinal);
        Printable.AssertSentence(result.Diagnostics.TrimEnd());
    }

    private static Dictionary<string, bool> Futures(JsonNode diagnosis) =>
        diagnosis["futures"]!.AsArray().ToDictionary(f => (string)f!["name"]!, f => (bool)f!["spiked"]!);
}
