using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Networks;

/// <summary>Hand-written derivatives against autograd.</summary>
public sealed class MlpObjectiveTests
{
    private static readonly Dictionary<string, Func<nn.Module<Tensor, Tensor>>> Activations = new()
    {
        ["tanh"] = () => nn.Tanh(),
        ["relu"] = () => nn.ReLU(),
        ["elu"] = () => nn.ELU(),
        ["gelu"] = () => nn.GELU(),
        ["silu"] = () => nn.SiLU(),
        ["softplus"] = () => nn.Softplus(),
        ["sigmoid"] = () => nn.Sigmoid(),
        ["identity"] = () => nn.Identity(),
    };

    private static readonly Dictionary<string, ILoss> Losses = new()
    {
        ["mse"] = new SquaredError(),
        ["cross_entropy"] = new CrossEntropy(),
        ["logistic"] = new Logistic(),
    };

    public static TheoryData<string, string, bool> Networks =>
        [.. from activation in Activations.Keys from loss in Losses.Keys from bias in (bool[])[true, false] select (activation, loss, bias)];

    [Theory, MemberData(nameof(Networks))]
    public void Loss_gradient_and_products_equal_those_of_autograd(string activation, string loss, bool bias)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var outputs = loss == "logistic" ? 1 : 3;
        using var network = nn.Sequential(
            Layer(5, 6, bias), Activations[activation](), Layer(6, 6, bias), Activations[activation](), Layer(6, outputs, bias));
        // Wide enough to reach kinks, tails and the threshold of softplus.
        var inputs = randn([23, 5], dtype: ScalarType.Float64) * 8;
        var targets = loss switch
        {
            "mse" => randn([23, outputs], dtype: ScalarType.Float64),
            "logistic" => randint(0, 2, [23, 1]).to(ScalarType.Float64),
            _ => randint(0, outputs, [23], dtype: ScalarType.Int64),
        };
        foreach (var chunk in (int[])[8192, 9])
        {
            var batch = new FullBatch(network, inputs, targets, Losses[loss], chunk);
            using var fast = Assert.IsType<MlpObjective>(batch.Objective()).Evaluate(curvature: true);
            using var plain = batch.PlainObjective().Evaluate(curvature: true);
            var vectors = randn([3, fast.Gradient.shape[0]], dtype: ScalarType.Float64);

            Assert.Equal(plain.Loss, fast.Loss, 1e-12 * plain.Loss);
            Assert.Equal(plain.Accuracy, fast.Accuracy);
            AssertSame(plain.Gradient, fast.Gradient);
            AssertSame(plain.Hvp(vectors), fast.Hvp(vectors));
            AssertSame(plain.SharpnessGradient(vectors[0]), fast.SharpnessGradient(vectors[0]));
        }
    }

    [Fact]
    public void A_gradient_is_the_same_with_and_without_curvature()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var with = network.Objective().Evaluate(curvature: true);
        using var without = network.Objective().Evaluate(curvature: false);

        Assert.True(with.Gradient.eq(without.Gradient).all().item<bool>());
        Assert.Throws<InvalidOperationException>(() => without.Hvp(with.Gradient.unsqueeze(0)));
        Assert.Throws<InvalidOperationException>(() => without.SharpnessGradient(with.Gradient));
    }

    [Fact]
    public void Networks_of_other_layers_are_left_to_autograd()
    {
        using var scope = NewDisposeScope();
        var shared = Layer(5, 5, true);
        var frozen = Layer(5, 5, true);
        frozen.weight!.requires_grad_(false);
        nn.Module<Tensor, Tensor>[] others =
        [
            shared,
            nn.Sequential(shared, nn.Tanh(), shared),
            nn.Sequential(frozen, nn.Tanh(), Layer(5, 3, true)),
            nn.Sequential(Layer(5, 4, true), nn.Softmax(1), Layer(4, 3, true)),
            nn.Sequential(Layer(5, 4, true), nn.ELU(2), Layer(4, 3, true)),
            nn.Sequential(Layer(5, 4, true), nn.Tanh(), nn.ReLU(), Layer(4, 3, true)),
            nn.Sequential(Layer(5, 3, true), nn.Tanh()),
            nn.Sequential(nn.Tanh(), Layer(5, 3, true)),
        ];
        Assert.All(others, network => Assert.IsType<AutogradObjective>(
            new FullBatch(network, ones([2, 5], dtype: ScalarType.Float64), ones([2, 3], dtype: ScalarType.Float64), new SquaredError()).Objective()));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        using var vectors = randn([2, objective.Dimension], dtype: ScalarType.Float64);
        var before = LiveTensors.Settled();
        for (var i = 0; i < 10; i++)
        {
            using var derivatives = objective.Evaluate(curvature: true);
            using var product = derivatives.Hvp(vectors);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static TorchSharp.Modules.Linear Layer(long inputs, long outputs, bool bias) => nn.Linear(inputs, outputs, bias, dtype: ScalarType.Float64);

    private static void AssertSame(Tensor expected, Tensor actual) =>
        Assert.True(
            (expected - actual).norm().item<double>() <= 1e-12 * expected.norm().item<double>(),
            $"{(expected - actual).norm().item<double>()} of {expected.norm().item<double>()}");
}
