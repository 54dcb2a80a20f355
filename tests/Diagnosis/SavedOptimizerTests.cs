using System.Text.Json;
using LossSpikes.Lab;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using LossSpikes.TensorFiles.PyTorch;
using LossSpikes.Tests.PyTorch;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Diagnosis;

/// <summary>Optimizers that PyTorch saved, as rules of the lab: the next step is PyTorch's, or one sentence says why there is none.</summary>
public sealed class SavedOptimizerTests : IDisposable
{
    private static readonly OptimizerOverrides None = OptimizerOverrides.None;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("gd", "gd")]
    [InlineData("gd-decay", "gd")]
    [InlineData("momentum", "momentum")]
    [InlineData("momentum-before-the-first-step", "momentum")]
    [InlineData("nesterov", "momentum")]
    [InlineData("ema-momentum", "ema_momentum")]
    [InlineData("rmsprop", "rmsprop")]
    [InlineData("adam", "adam")]
    [InlineData("adam-modern", "adam")]
    [InlineData("adamw-modern", "adamw")]
    [InlineData("adam-decay", "adam", "adam")]
    [InlineData("adamw", "adamw", "adamw")]
    [InlineData("capturable", "adam")]
    [InlineData("adam-old", "adam")]
    [InlineData("groups-by-kind", "adamw", "adamw")]
    [InlineData("groups-by-layer", "adam")]
    [InlineData("groups-with-names", "momentum")]
    [InlineData("frozen", "adam")]
    public void The_next_step_is_that_of_PyTorch(string name, string kind, string? said = null)
    {
        var (checkpoint, parts) = Read(name);
        var saved = new SavedOptimizer(checkpoint, parts, "before.pt");
        var weights = cat([.. checkpoint.Weights.Values.Select(w => w.reshape(-1))]);

        var settings = saved.Settings(None with { Kind = said });
        using var rule = settings.Create();
        rule.Groups = ParameterGroups.Of(settings, parts);
        rule.Restore(saved.State(settings, weights));
        var next = rule.Next(checkpoint.Step ?? 0, weights, weights).Point.data<double>().ToArray();

        Assert.Equal(kind, Kind(settings));
        Assert.All(new CheckpointTruth(name).Next.Zip(next), n => Assert.Equal(n.First, n.Second, 1e-12));
    }

    [Theory]
    [InlineData("adam-decay", "PyTorch of before 2.7 does not save which; say --optimizer adam or --optimizer adamw")]
    [InlineData("radam", "its optimizer has the options of Adam, but not all of them; say --optimizer adam or --optimizer adamw")]
    [InlineData("nadam", "the option momentum_decay = 0.004, which no rule of the lab has")]
    [InlineData("adagrad", "the option lr_decay = 0, which no rule of the lab has")]
    [InlineData("amsgrad", "the option amsgrad = True, which no rule of the lab has")]
    [InlineData("maximize", "the option maximize = True, which no rule of the lab has")]
    [InlineData("centered", "the option centered = True, which no rule of the lab has")]
    [InlineData("rmsprop-momentum", "the option momentum = 0.5, which no rule of the lab has")]
    [InlineData("dampening", "the option dampening = 0.5, which no rule of the lab has")]
    [InlineData("frozen-without-state", "the 2 parameters of its optimizer fit the 4 of the network in more than one way; freeze the same ones")]
    [InlineData("groups-without-names", "parameter 0 of its optimizer has the shape [1], and 0.weight of the network [3, 2]")]
    [InlineData("bare", "it has no optimizer that can be read; say --optimizer and --learning-rate")]
    [InlineData("fsdp", "it has no optimizer that can be read; say --optimizer and --learning-rate")]
    public void What_the_lab_does_not_have_or_know_is_refused_in_one_sentence(string name, string says)
    {
        var (checkpoint, parts) = Read(name);

        Refuses(() => new SavedOptimizer(checkpoint, parts, "before.pt").Settings(None), $"before.pt: ", says);
    }

    [Theory]
    [InlineData("foreign-optimizer", null, "parameter 0 of its optimizer has the shape [4, 2], and 0.weight of the network [3, 2]")]
    [InlineData("adamax", "adam", "the state of 0.weight in its optimizer has no exp_avg_sq")]
    public void A_state_that_does_not_fit_is_refused_in_one_sentence(string name, string? kind, string says)
    {
        var (checkpoint, parts) = Read(name);
        var saved = new SavedOptimizer(checkpoint, parts, "before.pt");
        var settings = saved.Settings(None with { Kind = kind });

        Refuses(() => saved.State(settings, zeros(1)), "before.pt: ", says);
    }

    [Fact]
    public void What_the_user_says_counts_more()
    {
        var saved = Saved("adam-decay");
        var settings = Assert.IsType<AdamWSettings>(saved.Settings(
            new() { Kind = "adamw", LearningRate = 0.5, Beta1 = 0.25, Beta2 = 0.75, Epsilon = 1, WeightDecay = 0.125, Clip = 2 }));

        Assert.Equal(
            (0.5, 0.25, 0.75, 1, 0.125, 2),
            (settings.LearningRate, settings.Beta1, settings.Beta2, settings.Epsilon, settings.WeightDecay, settings.Clip!.Value));
        Assert.IsType<AdamSettings>(saved.Settings(None with { WeightDecay = 0 }));
        Assert.Equal(0.25, Assert.IsType<MomentumSettings>(Saved("momentum").Settings(None with { Momentum = 0.25 })).Beta);
        Assert.Equal(0.25, Assert.IsType<MomentumSettings>(Saved("gd").Settings(None with { Momentum = 0.25 })).Beta);
        Assert.Empty(Saved("groups-by-layer").Settings(None with { LearningRate = 0.5 }).Groups);
        Assert.Equal(0.5, Saved("bare").Settings(new() { Kind = "gd", LearningRate = 0.5 }).LearningRate);
    }

    [Theory]
    [InlineData("adam", "momentum", null, null, "--optimizer momentum contradicts its optimizer, whose options (lr, betas, eps")]
    [InlineData("adam", null, null, 2.0, "--beta1: beta1 must be")]
    [InlineData("adam", null, double.NaN, null, "--learning-rate must be a finite number")]
    [InlineData("gd", null, null, 0.5, "--beta1: beta1 is not a key of the optimizer")]
    [InlineData("bare", "adm", 1.0, null, "--optimizer: kind \"adm\" is unknown; did you mean adam?")]
    [InlineData("bare", "adam", null, null, "say --optimizer and --learning-rate")]
    [InlineData("bare", null, 1.0, null, "say --optimizer and --learning-rate")]
    public void Wrong_or_incomplete_settings_are_refused_in_one_sentence(string name, string? kind, double? rate, double? beta1, string says) =>
        Refuses(() => Saved(name).Settings(new() { Kind = kind, LearningRate = rate, Beta1 = beta1 }), "", says);

    [Fact]
    public void Groups_are_named_parameter_by_parameter_and_parameters_without_optimizer_do_not_move()
    {
        var kinds = Saved("groups-by-kind").Settings(None with { Kind = "adamw" });
        Assert.Equal((0.125, 0.5), (kinds.LearningRate, kinds.WeightDecay));
        Assert.Equal([("0.bias", 0.25, 0), ("2.bias", 0.25, 0)], kinds.Groups.Select(g => (g.Parameters, g.LearningRate!.Value, g.WeightDecay!.Value)));

        var frozen = Saved("frozen");
        Assert.Equal(["0.weight", "0.bias"], frozen.Settings(None).Groups.Where(g => g.LearningRate == 0).Select(g => g.Parameters));
        Assert.Equal(0, frozen.State(frozen.Settings(None), zeros(1)).SecondMoment!.narrow(0, 0, 9).abs().sum().item<float>());
    }

    [Fact]
    public void The_state_has_the_type_that_is_asked_for_and_nothing_else_stays_alive()
    {
        var saved = Saved("adam");
        var before = LiveTensors.Settled();
        var state = saved.State(saved.Settings(None), zeros(1, ScalarType.Float32));

        Assert.Equal((ScalarType.Float32, 13L), (state.FirstMoment!.dtype, state.FirstMoment.numel()));
        Assert.Equal(before + 3, LiveTensors.Settled());
    }

    [Theory]
    [InlineData("2 2 2 2", "0 1|2 3", "0 1 2 3")] // the order of the network
    [InlineData("2 3 3 2", "0 3|1 2", "0 1 2 3")] // the outer two and the inner two
    [InlineData("2 2 3", "0 2|1", null)]
    [InlineData("2 3 2 4", "0 1 3", "0 1 3")] // 2 must be frozen, since 1 comes after a parameter of its shape
    [InlineData("2 2 4", "0 2", null)]
    public void Parameters_are_matched_where_there_is_one_way(string sizes, string groups, string? match)
    {
        // The optimizer numbers its parameters group by group; all of them have state, and so a shape.
        var weights = sizes.Split(' ').Index().ToDictionary(s => $"p{s.Index}", s => zeros(long.Parse(s.Item)));
        var members = groups.Split('|').Select(g => g.Split(' ').Select(int.Parse).ToArray()).ToArray();
        var order = members.SelectMany(m => m).ToList();
        var saved = Momentum([.. members.Select(m => m.Select(i => (long)order.IndexOf(i)).ToArray())], [.. order.Select(i => weights[$"p{i}"])]);
        var found = new ParameterMatch(saved, [.. weights.Select(w => new ParameterPart(w.Key, w.Value.numel()))], weights);

        if (match is null)
        {
            Refuses(() => found.Find(), "", "in more than one way");
        }
        else
        {
            Assert.Equal(match, string.Join(' ', found.Find().Index().Where(p => p.Item is not null).Select(p => $"{order[(int)p.Item!.Number]}")));
            Assert.All(found.Find().Index().Where(p => p.Item is not null), p => Assert.Equal(p.Index, order[(int)p.Item!.Number]));
        }
    }

    [Fact]
    public void Ten_thousand_parameters_are_matched_without_recursion()
    {
        var weights = Enumerable.Range(0, 10_000).ToDictionary(i => $"p{i}", i => zeros(1 + i % 2));
        var saved = Momentum([[.. Enumerable.Range(0, 9999).Select(i => (long)i)]], [.. weights.Values.Skip(1)]);
        var found = new ParameterMatch(saved, [.. weights.Select(w => new ParameterPart(w.Key, w.Value.numel()))], weights).Find();

        Assert.Equal([null, 0L, 1L], found.Take(3).Select(p => p?.Number));
    }

    [Fact]
    public void Names_with_stars_are_taken_literally()
    {
        var weights = new Dictionary<string, Tensor> { ["a*"] = zeros(2), ["ab"] = zeros(3) };
        var saved = Momentum([[0], [1]], [.. weights.Values]);
        var checkpoint = new TrainingCheckpoint { Weights = weights, Key = "", NotRead = [], Optimizer = saved };
        var parts = weights.Select(w => new ParameterPart(w.Key, w.Value.numel())).ToList();
        var settings = new SavedOptimizer(checkpoint, parts, "x").Settings(None);

        Assert.Equal([1, 1, 0.5, 0.5, 0.5], ParameterGroups.Of(settings, parts)!.Rates(zeros(5, ScalarType.Float64)).data<double>().ToArray());
    }

    /// <summary>SGD with momentum, whose buffers have the shapes of the parameters; the learning rate halves from group to group.</summary>
    private static SavedOptimizerState Momentum(IReadOnlyList<long[]> groups, IReadOnlyList<Tensor> parameters) => new(
        [.. groups.Select((g, i) => new SavedOptimizerGroup(new Dictionary<string, object> { ["lr"] = Math.Pow(0.5, i), ["momentum"] = 0.5 }, g))],
        parameters.Index().ToDictionary(
            p => (long)p.Index, p => (IReadOnlyDictionary<string, object>)new Dictionary<string, object> { ["momentum_buffer"] = zeros_like(p.Item) }));

    private static SavedOptimizer Saved(string name)
    {
        var (checkpoint, parts) = Read(name);
        return new SavedOptimizer(checkpoint, parts, "before.pt");
    }

    private static (TrainingCheckpoint Checkpoint, IReadOnlyList<ParameterPart> Parts) Read(string name)
    {
        var checkpoint = CheckpointTruth.Read(name);
        return (checkpoint, [.. checkpoint.Weights.Select(w => new ParameterPart(w.Key, w.Value.numel()))]);
    }

    private static string Kind(OptimizerSettings settings) => (string)JsonSerializer.SerializeToNode(settings, SettingsJson.Options)!["kind"]!;

    private static void Refuses(Action act, string start, string says)
    {
        var message = Assert.ThrowsAny<InputException>(act).Message;

        Assert.StartsWith(start, message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Printable.AssertSentence(message);
    }
}
