using System.Text.Json.Nodes;
using LossSpikes.Lab.Runs;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Commands;

/// <summary>Weights of runs in files: <c>init_from</c>, <c>lab export</c>, <c>lab weights</c>.</summary>
[Trait("Speed", "Slow")]
public sealed class WeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("w.pt")]
    [InlineData("w.pth")]
    [InlineData("w.safetensors")]
    public void A_run_from_exported_weights_continues_where_the_first_one_was(string file)
    {
        var whole = Run("whole", "--set", "steps=30");
        var shorter = Run("shorter", "--set", "steps=9");

        var export = Lab("export", shorter, "--to", _folder[file]);
        var second = Run("second", "--set", $"objective.model.init_from={_folder[file]}", "--set", "steps=20", "--seed", "5");

        // The checkpoint holds the weights after the update of step 9.
        Assert.Equal($"{_folder[file]}: the weights of step 10", export.Output.TrimEnd());
        Assert.Equal(RecordedRun.Open(whole).Metrics.Loss.Skip(10), RecordedRun.Open(second).Metrics.Loss);
    }

    [Fact]
    public void A_step_without_a_checkpoint_is_refused_and_the_existing_ones_are_named()
    {
        var run = Run("run", "--set", "steps=30", "--set", "checkpoint.every=20");

        Assert.Equal(0, Lab("export", run, "--to", _folder["w.pt"], "--step", "20").ExitCode);
        Refused(
            ["export", run, "--to", _folder["w.pt"], "--step", "7"],
            "holds no checkpoint of step 7; 2 are kept, and those are: step-000000031.safetensors, step-000000020.safetensors");
        Refused(["export", run, "--to", _folder["w.onnx"]], "the name must end in one of .pt, .pth, .safetensors");
        Refused(["export", _folder["none"], "--to", _folder["w.pt"]], "there is no such run folder");
    }

    [Fact]
    public void A_toy_exports_its_point()
    {
        File.Copy(Repository.File("experiments/quadratic.yaml"), _folder["q.yaml"]);
        Assert.Equal(0, Lab("run", _folder["q.yaml"], "--out", _folder["q"], "--set", "steps=3").ExitCode);

        Assert.Equal(0, Lab("export", _folder["q"], "--to", _folder["q.safetensors"]).ExitCode);
        Assert.Contains("point float64 [", Lab("weights", _folder["q.safetensors"], "--values").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_does_not_need_its_file_of_initial_weights()
    {
        var first = Run("first", "--set", "steps=5");
        Lab("export", first, "--to", _folder["w.pt"]);
        var whole = Run("whole", "--set", $"objective.model.init_from={_folder["w.pt"]}", "--set", "steps=20");
        var shorter = Run("shorter", "--set", $"objective.model.init_from={_folder["w.pt"]}", "--set", "steps=10");
        File.Delete(_folder["w.pt"]);

        Assert.Equal(0, Lab("resume", shorter, "--steps", "20").ExitCode);
        Assert.Equal(RecordedRun.Open(whole).Metrics.Loss, RecordedRun.Open(shorter).Metrics.Loss);
        Assert.Equal(0, Lab("export", shorter, "--to", _folder["v.pt"]).ExitCode);
    }

    [Fact]
    public void A_key_selects_the_weights_in_a_nested_file()
    {
        using var scope = NewDisposeScope();
        Lab("export", Run("run", "--set", "steps=2"), "--to", _folder["w.pt"]);
        using (var stream = File.Create(_folder["nested.pt"]))
        {
            PyTorchFile.Write(stream, new PickleDict { ["model"] = TensorFile.Read(_folder["w.pt"]), ["optimizer"] = new PickleDict(), ["epoch"] = 3L });
        }

        string[] from = ["--set", $"objective.model.init_from={_folder["nested.pt"]}", "--set", "steps=1"];
        Run("second", [.. from, "--set", "objective.model.init_key=model"]);
        Refused(["run", _folder["small.yaml"], .. from, "--set", "objective.model.init_key=modl"], "nested.pt: it has no group \"modl\"; did you mean model?");
        Refused(
            ["run", _folder["small.yaml"], .. from],
            "nested.pt: its tensors are in groups (model, optimizer); say which one by its key (objective.model.init_key)");
        Refused(["run", _folder["small.yaml"], "--set", "objective.model.init_key=model"], "needs init_from");
    }

    [Theory]
    [InlineData("missing.pt", "missing.pt: there is no such file")]
    [InlineData("weight.pt", "weight.pt: there is no such file; did you mean ")]
    [InlineData("small.yaml", "small.yaml: it is neither a PyTorch file nor a safetensors file")]
    [InlineData("weights.pt", "weights.pt: 0.weight must have the shape [4, 64], but in the file it has [5, 64] (objective.model.init_from)")]
    public void Weights_that_do_not_fit_the_network_are_refused_in_one_sentence(string file, string says)
    {
        Lab("export", Run("run", "--set", "steps=2", "--set", "objective.model.hidden=[5]"), "--to", _folder["weights.pt"]);

        Refused(["run", _folder["small.yaml"], "--set", $"objective.model.init_from={_folder[file]}"], says);
    }

    [Fact]
    public void Weights_are_listed_with_their_statistics()
    {
        var file = Repository.File("tests/PyTorchFiles/dtypes.pt");
        var table = Lab("weights", file).Output;
        var json = JsonNode.Parse(Lab("weights", file, "--json").Output)!.AsArray();
        var values = JsonNode.Parse(Lab("weights", file, "--json", "--values").Output)!.AsArray();

        Assert.Contains("bfloat16", table, StringComparison.Ordinal);
        Assert.Equal("""{"name":"float64","dtype":"float64","shape":[2,2],"minimum":0,"maximum":3,"mean":1.5}""", json[0]!.ToJsonString());
        Assert.Equal(
            """{"name":"bool","dtype":"bool","shape":[2,2],"minimum":0,"maximum":1,"mean":0.75,"values":[false,true,true,true]}""", values[9]!.ToJsonString());
        Assert.StartsWith("float64 float64 [2, 2]\n0 1\n2 3\n", Lab("weights", file, "--values").Output, StringComparison.Ordinal);
        Assert.Contains("model.2.weight", Lab("weights", Repository.File("tests/PyTorchFiles/nested.pt")).Output, StringComparison.Ordinal);
        Refused(["weights", Repository.File("tests/PyTorchFiles/object.pt")], "__main__.NotATensor");
    }

    private static LabResult Lab(params string[] arguments) => LabResult.Run(arguments);

    private static void Refused(string[] arguments, string says)
    {
        var result = Lab(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(says, Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    private string Run(string name, params string[] more)
    {
        var result = Lab(["run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out", _folder[name], .. more]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[name];
    }
}
