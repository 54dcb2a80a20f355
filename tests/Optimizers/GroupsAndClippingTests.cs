using LossSpikes.Lab;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Optimizers;

/// <summary>AdamW, groups and clipping of an experiment file: against TorchSharp's optimizers, and their edges against dense eigenvalues.</summary>
public sealed class GroupsAndClippingTests
{
    private static readonly GroupSettings[] Groups =
    [
        new() { Parameters = "*.bias", LearningRate = 0.1, WeightDecay = 0 },
        new() { Parameters = "2.*", LearningRate = 0 },
    ];

    private static readonly Dictionary<string, (OptimizerSettings Settings, Func<TorchSharp.Modules.Parameter[][], optim.Optimizer> Create)> Kinds = new()
    {
        ["adamw"] = (
            new AdamWSettings { LearningRate = 0.02, WeightDecay = 0.3, Groups = Groups },
            p => optim.AdamW(
                [
                    new TorchSharp.Modules.AdamW.ParamGroup(p[0], lr: 0.02, weight_decay: 0.3),
                    new TorchSharp.Modules.AdamW.ParamGroup(p[1], lr: 0.1, weight_decay: 0),
                    new TorchSharp.Modules.AdamW.ParamGroup(p[2], lr: 0),
                ],
                0.02,
                0.9,
                0.999,
                weight_decay: 0.3)),
        ["momentum"] = (
            new MomentumSettings { LearningRate = 0.02, Beta = 0.8, WeightDecay = 0.3, Clip = 0.4, Groups = Groups },
            p => optim.SGD(
                [
                    new TorchSharp.Modules.SGD.ParamGroup(p[0], lr: 0.02, momentum: 0.8, weight_decay: 0.3),
                    new TorchSharp.Modules.SGD.ParamGroup(p[1], lr: 0.1, momentum: 0.8, weight_decay: 0),
                    new TorchSharp.Modules.SGD.ParamGroup(p[2], lr: 0),
                ],
                0.02,
                0.8,
                weight_decay: 0.3)),
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_are_those_of_torch_and_the_edge_has_the_largest_eigenvalue_of_the_scaled_hessian(string name)
    {
        using var scope = NewDisposeScope();
        var (settings, create) = Kinds[name];
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        using var rule = settings.Create(objective);
        using var twin = new SmallNetwork();
        var parameters = twin.Module.named_parameters().ToArray();
        using var optimizer = create(
        [
            [parameters.Single(p => p.name == "0.weight").parameter],
            [.. parameters.Where(p => p.name.EndsWith("bias", StringComparison.Ordinal)).Select(p => p.parameter)],
            [parameters.Single(p => p.name == "2.weight").parameter],
        ]);
        for (var step = 0; step < 25; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = objective.Evaluate(curvature: true);
            var update = rule.Next(step, objective.GetParameters(), derivatives.Gradient);
            AssertEdge(update.Edge, settings, parameters, derivatives);
            objective.SetParameters(update.Point);

            optimizer.zero_grad();
            (twin.Loss.Sum(twin.Module.call(twin.Inputs), twin.Targets) / 23).backward();
            if (settings.Clip is { } clip)
            {
                nn.utils.clip_grad_norm_(twin.Module.parameters(), clip);
            }

            optimizer.step();
            var expected = cat([.. twin.Module.parameters().Select(p => p.detach().reshape(-1))]);
            Assert.InRange((expected - objective.GetParameters()).abs().max().item<double>(), 0, 1e-5);
        }
    }

    [Fact]
    public void A_pattern_that_matches_nothing_is_refused_with_the_names_that_there_are()
    {
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        var settings = new AdamSettings { LearningRate = 0.1, Groups = [new() { Parameters = "head.*" }] };

        var error = Assert.Throws<InputException>(() => settings.Create(objective));
        Assert.Contains("head.*", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.weight, 0.bias, 2.weight, 2.bias", error.Message, StringComparison.Ordinal);
    }

    /// <summary>S/T of the edge against η_i(1−β)/… written out: where every parameter oscillates with a factor of −1.</summary>
    private static void AssertEdge(
        StabilityEdge edge,
        OptimizerSettings settings,
        IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> parameters,
        LossSpikes.Monitors.Objectives.IDerivatives derivatives)
    {
        var d = derivatives.Gradient.shape[0];
        var hessian = derivatives.Hvp(eye(d, dtype: ScalarType.Float64));
        var norm = derivatives.Gradient.norm().item<double>();
        var shortened = settings.Clip is { } clip && norm > clip ? clip / norm : 1;
        var (limits, decays) = (new List<Tensor>(), new List<Tensor>());
        foreach (var (name, parameter) in parameters)
        {
            var bias = name.EndsWith("bias", StringComparison.Ordinal);
            var (rate, decay) = (bias ? 0.1 : name == "2.weight" ? 0 : 0.02, bias ? 0 : 0.3);
            var limit = settings is AdamWSettings ? 19 * (2 - rate * decay) / rate : 3.6 / rate;
            limits.Add(full(parameter.numel(), 1 / limit, dtype: ScalarType.Float64));
            decays.Add(full(parameter.numel(), settings is AdamWSettings ? 0 : decay, dtype: ScalarType.Float64));
        }

        var scale = cat([.. limits]).sqrt() * (edge.Preconditioner?.rsqrt() ?? ones(d, dtype: ScalarType.Float64));
        var ratio = linalg.eigvalsh(scale.unsqueeze(1) * (shortened * hessian + diag(cat([.. decays]))) * scale).max().item<double>();
        var matrix = edge.Matrix(new LossSpikes.Monitors.Curvature.HessianOperator(derivatives)).Apply(eye(d, dtype: ScalarType.Float64));
        Assert.Equal(ratio, linalg.eigvalsh((matrix + matrix.t()) / 2).max().item<double>() / edge.Threshold.Value, 1e-9);
    }
}
