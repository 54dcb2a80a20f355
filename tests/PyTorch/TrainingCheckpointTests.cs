using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.PyTorch;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.PyTorch;

/// <summary>Checkpoints in the layouts of many training scripts; PyTorch wrote them and says what is in them.</summary>
public sealed class TrainingCheckpointTests : IDisposable
{
    private static readonly string[] Network = ["0.weight", "0.bias", "2.weight", "2.bias"];

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string> Names { get; } = [.. CheckpointTruth.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_checkpoint_has_the_weights_the_step_and_the_optimizer_that_PyTorch_saved(string name)
    {
        var truth = new CheckpointTruth(name);
        var key = name == "gan" ? "generator" : null;
        foreach (var names in (IReadOnlyCollection<string>?[])[null, [.. truth.Weights.Keys]])
        {
            var checkpoint = CheckpointTruth.Read(name, key, names);

            Assert.Equal(truth.Key, checkpoint.Key);
            Assert.Equal(truth.Step, checkpoint.Step);
            Assert.Equal(truth.Weights.Keys, checkpoint.Weights.Keys);
            Assert.All(truth.Weights, weight =>
            {
                Assert.Equal(weight.Value.Shape, checkpoint.Weights[weight.Key].shape);
                Assert.Equal(weight.Value.Values, Values(checkpoint.Weights[weight.Key]));
            });
            AssertOptimizer(truth, checkpoint.Optimizer);
        }
    }

    [Theory]
    [InlineData("twins", "it has several groups of tensors (actor, critic); a key says which one")]
    [InlineData("metrics", "it has several groups of tensors (my_weights, metrics); a key says which one")]
    [InlineData("two-usual", "it has several groups of tensors (model, net); a key says which one")]
    [InlineData("gan", "it has several groups of tensors (generator, discriminator); a key says which one")]
    [InlineData("optimizer-only", "it holds no weights but an optimizer")]
    [InlineData("no-weights", "it holds no weights: no group of it has floating-point tensors by name")]
    [InlineData("whole-module", "it holds a torch.nn.modules.container.Sequential, which only Python can build; save a state_dict")]
    [InlineData("module-inside", "\"model\" is a torch.nn.modules.container.Sequential, which only Python can build; save a state_dict")]
    [InlineData("quantized", "\"state_dict.weight\" is a torch._utils._rebuild_qtensor, which only Python can build; save a state_dict")]
    [InlineData("sparse", "\"model.weight\" is a torch._utils._rebuild_sparse_tensor, which only Python can build; save a state_dict")]
    [InlineData("../old", "it has PyTorch's format of before version 1.6; load it in Python and save it again")]
    [InlineData("../torchscript", "it is a TorchScript archive (torch.jit.save), which holds a program")]
    public void A_file_without_readable_weights_gets_one_sentence(string name, string says)
    {
        var message = Assert.Throws<InvalidDataException>(() => CheckpointTruth.Read(name)).Message;

        Assert.Contains(says, message, StringComparison.Ordinal);
        Printable.AssertSentence(message);
    }

    [Fact]
    public void The_names_of_the_network_decide_between_groups()
    {
        Assert.Equal("my_weights", CheckpointTruth.Read("metrics", names: Network).Key);
        Assert.Equal("generator", CheckpointTruth.Read("gan", names: Network).Key);
        Assert.Equal("discriminator", CheckpointTruth.Read("gan", names: ["weight", "bias"]).Key);
    }

    [Fact]
    public void A_key_says_which_group()
    {
        Assert.Equal(new CheckpointTruth("ema").Weights["0.bias"].Shape, CheckpointTruth.Read("ema", "model_ema").Weights["0.bias"].shape);
        Assert.NotEqual(Values(CheckpointTruth.Read("ema").Weights["0.bias"]), Values(CheckpointTruth.Read("ema", "model_ema").Weights["0.bias"]));
        Assert.Equal(Network, CheckpointTruth.Read("nested", "x.trainer.net").Weights.Keys);
        var unknown = Assert.Throws<UnknownNameException>(() => CheckpointTruth.Read("ema", "ema"));
        Assert.Equal("it has no group \"ema\" of tensors; its groups are: model_ema, model", unknown.Message);
        Refused("module-inside", "\"model\" is a torch.nn");
        Refused("bare", "it has no group \"model\" of tensors, and no such groups at all");

        static void Refused(string name, string says) =>
            Assert.Contains(says, Assert.Throws<InvalidDataException>(() => CheckpointTruth.Read(name, "model")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prefixes_go_only_where_all_names_have_them_and_the_names_of_the_network_do_not()
    {
        var (a, b) = (ones(1), zeros(1));

        Assert.Equal(["x"], Weights(null, ("module.model.x", a)));
        Assert.Equal(["model.x"], Weights(["model.x"], ("module.model.x", a)));
        Assert.Equal(["module.model.x"], Weights(["module.model.x"], ("module.model.x", a)));
        Assert.Equal(["model.x", "head.x"], Weights(null, ("model.x", a), ("head.x", b)));
        Assert.Equal(["model.x"], Weights(["other"], ("model.x", a)));
        Assert.Equal(["module."], Weights(null, ("module.", a)));

        static IEnumerable<string> Weights(IReadOnlyCollection<string>? names, params (string Name, Tensor Value)[] tensors) =>
            TrainingCheckpoint.Of(NamedTensors.AsDictionary(tensors.ToDictionary(t => t.Name, t => t.Value)), names: names).Weights.Keys;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Numbers_of_numpy_are_numbers_and_other_types_are_named(int protocol)
    {
        var content = (PickleDict)TensorFile.Read(CheckpointTruth.PathOf($"trainer-{protocol}"))!;
        var notRead = TrainingCheckpoint.Of(content).NotRead.ToDictionary(o => o.Name, o => o.Value.Type);

        Assert.Equal([40L, 0.25, 0.5, -3L, true], ((string[])["iteration", "best", "half", "small", "done"]).Select(name => content[name]));
        Assert.Equal("argparse.Namespace", notRead["args"]);
        Assert.Equal("collections.Counter", notRead["scheduler.milestones"]);
        Assert.Equal("__main__.Settings", notRead["settings"]);
        Assert.Equal("__main__.Own", notRead["own"]);
        Assert.Equal("pathlib.PosixPath", notRead["config.path"]);
        Assert.Equal("torch.device", notRead["config.device"]);
        Assert.Contains("array", notRead.Keys);
        Assert.DoesNotContain("optimizer.param_groups.0.lr", notRead.Keys);
    }

    [Fact]
    public void Of_two_optimizers_the_one_that_fits_is_taken_and_where_none_or_both_do_a_note_says_so()
    {
        Assert.Equal(["of its 2 optimizers, \"opt_g\" has parameters like the weights"], CheckpointTruth.Read("gan", "generator").Notes);
        Assert.Equal([0.1], CheckpointTruth.Read("gan", "discriminator").Optimizer!.Groups.Select(g => g.Options["lr"]));
        Assert.Equal(
            ["more than one of its optimizers (opt_1, opt_2) has parameters like the weights, so no optimizer is read"],
            CheckpointTruth.Read("two-alike").Notes);
        Assert.Equal(["its optimizer \"optimizer\" does not number its parameters, and is not read"], CheckpointTruth.Read("fsdp").Notes);
    }

    [Fact]
    public void A_scheduled_learning_rate_has_its_initial_value()
    {
        var group = Assert.Single(CheckpointTruth.Read("trainer-4").Optimizer!.Groups);

        Assert.Equal((0.125, 0.125), (group.Options["lr"], group.InitialLearningRate));
        Assert.Equal(0.5, group.Options["momentum"]);
        Assert.Null(Assert.Single(CheckpointTruth.Read("adam").Optimizer!.Groups).InitialLearningRate);
    }

    [Fact]
    public void Tied_tensors_share_their_numbers_and_views_keep_their_strides()
    {
        var tied = CheckpointTruth.Read("tied").Weights;
        tied["0.weight"].fill_(7);

        Assert.Equal([7, 7, 7, 7, 7, 7], Values(tied["decoder"]));
        Assert.Equal([1, 4], CheckpointTruth.Read("views").Weights["transposed"].stride());
    }

    [Fact]
    public void A_safetensors_file_has_weights_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        TensorFile.Write(folder["w.safetensors"], new Dictionary<string, Tensor> { ["module.w"] = ones(2) });
        var checkpoint = TrainingCheckpoint.Of(TensorFile.Read(folder["w.safetensors"]));

        Assert.Equal(["w"], checkpoint.Weights.Keys);
        Assert.Equal((null, null, 0, 0), (checkpoint.Optimizer, checkpoint.Step, checkpoint.NotRead.Count, checkpoint.Notes.Count));
    }

    private static void AssertOptimizer(CheckpointTruth truth, SavedOptimizerState? optimizer)
    {
        Assert.Equal(truth.Groups is null, optimizer is null);
        if (optimizer is null)
        {
            return;
        }

        Assert.Equal(truth.Groups!.Count, optimizer.Groups.Count);
        foreach (var (expected, group) in truth.Groups.Zip(optimizer.Groups))
        {
            Assert.Equal(expected.Parameters, group.Parameters);
            Assert.Equal(expected.Options.Select(o => o.Key).Order(), group.Options.Keys.Order());
            Assert.All(expected.Options, o => Assert.Equal(Plain(o.Value!), group.Options[o.Key]));
        }

        var states = optimizer.State.Where(s => s.Value.Count > 0).ToDictionary();
        Assert.Equal(truth.State!.Where(s => s.Value.Count > 0).Select(s => s.Key), states.Keys);
        foreach (var (number, state) in states)
        {
            Assert.Equal(truth.State![number].Select(s => s.Key), state.Keys);
            Assert.All(state, s => Assert.Equal(
                CheckpointTruth.Numbers(truth.State[number][s.Key]), s.Value is Tensor t ? Values(t) : [(double)s.Value]));
        }
    }

    private static object Plain(JsonNode value) =>
        value is JsonArray ? CheckpointTruth.Numbers(value)
        : value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? (bool)value
        : (double)value;

    private static double[] Values(Tensor tensor) => tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}
