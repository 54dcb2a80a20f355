using LossSpikes.Monitors.Layers;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Networks;

/// <summary>Hand-written derivatives against autograd.</summary>
public sealed class LayeredObjectiveTests
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
        AssertAsAutograd(network, inputs, outputs, loss, chunks: [8192, 9]);
    }

    public static TheoryData<string, string> Images => [.. from layers in ImageNetworks.Keys from loss in Losses.Keys select (layers, loss)];

    [Theory, MemberData(nameof(Images))]
    public void So_do_those_of_convolutional_networks(string layers, string loss)
    {
        using var scope = NewDisposeScope();
        var random = new Random(layers.Length);
        for (var draw = 0; draw < 3; draw++)
        {
            manual_seed(draw);
            var outputs = loss == "logistic" ? 1 : 3;
            long[] shape = [random.Next(2, 12), 2, random.Next(6, 10), random.Next(6, 10)];
            var inputs = randn(shape, ScalarType.Float64) * 2;
            var hidden = ImageNetworks[layers](random.Next(1, 4));
            var widths = nn.Sequential(hidden).call(inputs).flatten(1).shape[1];
            using var network = nn.Sequential([.. hidden, nn.Flatten(), Layer(widths, outputs, true)]);
            AssertAsAutograd(network, inputs, outputs, loss, chunks: [8192]);
            network.eval();
            AssertAsAutograd(network, inputs, outputs, loss, chunks: [8192, 2]);
        }
    }

    [Fact]
    public void So_do_those_of_networks_that_begin_or_end_with_activations_or_have_positions()
    {
        using var scope = NewDisposeScope();
        nn.Module<Tensor, Tensor>[] networks =
        [
            nn.Sequential(nn.Tanh(), Layer(5, 4, true), nn.Sequential(nn.Tanh(), nn.SiLU()), Layer(4, 3, true), nn.Sigmoid()),
            nn.Sequential(Layer(5, 4, true), nn.BatchNorm1d(4, dtype: ScalarType.Float64), nn.GELU(), Layer(4, 3, false)),
            nn.Sequential(nn.BatchNorm1d(5, dtype: ScalarType.Float64), Layer(5, 3, true)),
            nn.Sequential(nn.SiLU(inplace: true), Layer(5, 3, true), nn.Tanh(inplace: true)),
        ];
        foreach (var network in networks)
        {
            AssertAsAutograd(network, randn([7, 5], ScalarType.Float64), 3, "mse", chunks: [8192]);
        }

        var positions = nn.Sequential(Layer(5, 4, true), nn.Tanh(), Layer(4, 6, true), nn.ReLU(), nn.Flatten(), Layer(12, 3, true));
        AssertAsAutograd(positions, randn([7, 2, 5], ScalarType.Float64), 3, "cross_entropy", chunks: [8192, 3]);
    }

    private static readonly Dictionary<string, Func<int, nn.Module<Tensor, Tensor>[]>> ImageNetworks = new()
    {
        ["patches"] = c => [new Convolution(2, c, 3, 1, 1, ScalarType.Float64, CPU), nn.Tanh(), new Convolution(c, 2, 2, 2, 1, ScalarType.Float64, CPU)],
        ["patches, pooled"] = c => [new Convolution(2, c, 3, 1, 0, ScalarType.Float64, CPU), nn.GELU(), nn.MaxPool2d(2)],
        ["patches, normalized"] = c =>
        [
            new Convolution(2, c, 3, 1, 1, ScalarType.Float64, CPU), new BatchNormalization(c, ScalarType.Float64, CPU), nn.Tanh(), nn.AvgPool2d(2),
            new Convolution(c, 2, 3, 1, 1, ScalarType.Float64, CPU), new BatchNormalization(2, ScalarType.Float64, CPU), nn.SiLU(),
        ],
        ["libtorch"] = c =>
        [
            nn.Conv2d(2, 2 * c, 3, stride: 2, padding: 1, groups: 2, bias: false, dtype: ScalarType.Float64), nn.ELU(),
            nn.Conv2d(2 * c, 2, 2, dilation: 2, padding: 2, dtype: ScalarType.Float64),
        ],
        ["libtorch, normalized"] = c =>
        [
            nn.BatchNorm2d(2, dtype: ScalarType.Float64), nn.Conv2d(2, c, 3, padding: 1, dtype: ScalarType.Float64),
            nn.BatchNorm2d(c, dtype: ScalarType.Float64), nn.Softplus(), nn.AdaptiveAvgPool2d(2),
        ],
        ["libtorch, normalized and pooled"] = c =>
        [
            nn.Conv2d(2, c, 3, dtype: ScalarType.Float64), nn.BatchNorm2d(c, dtype: ScalarType.Float64, track_running_stats: false), nn.MaxPool2d(2),
            nn.Identity(), nn.Sigmoid(), new Convolution(c, c, 1, 1, 0, ScalarType.Float64, CPU),
        ],
    };

    private static void AssertAsAutograd(nn.Module<Tensor, Tensor> network, Tensor inputs, long outputs, string loss, int[] chunks)
    {
        var targets = loss switch
        {
            "mse" => randn([inputs.shape[0], outputs], dtype: ScalarType.Float64),
            "logistic" => randint(0, 2, [inputs.shape[0], 1]).to(ScalarType.Float64),
            _ => randint(0, outputs, [inputs.shape[0]], dtype: ScalarType.Int64),
        };
        foreach (var chunk in chunks)
        {
            var batch = new FullBatch(network, inputs, targets, Losses[loss], chunk);
            using var fast = Assert.IsType<LayeredObjective>(batch.Objective()).Evaluate(curvature: true);
            using var plain = batch.PlainObjective().Evaluate(curvature: true);
            var vectors = randn([3, fast.Gradient.shape[0]], dtype: ScalarType.Float64);

            Assert.Equal(plain.Loss, fast.Loss, 1e-12 * plain.Loss);
            Assert.Equal(plain.Accuracy, fast.Accuracy);
            AssertSame(plain.Gradient, fast.Gradient);
            AssertSame(plain.Hvp(vectors), fast.Hvp(vectors));
        }
    }

    [Fact]
    public void The_gradient_of_the_sharpness_is_that_of_autograd()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var fast = network.Objective().Evaluate(curvature: true);
        using var plain = network.Batch().PlainObjective().Evaluate(curvature: true);

        AssertSame(plain.SharpnessGradient(plain.Gradient), fast.SharpnessGradient(plain.Gradient));
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
            nn.Sequential(Layer(5, 4, true), nn.Dropout(0.5), Layer(4, 3, true)),
            nn.Sequential(nn.Sequential(Layer(5, 4, true), nn.Softmax(1)), Layer(4, 3, true)),
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
