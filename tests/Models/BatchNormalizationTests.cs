using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Layers;
using LossSpikes.Tests.Commands;
using LossSpikes.Tests.Monitors;
using TorchSharp;
using static TorchSharp.torch;
using Activation = LossSpikes.Lab.Models.Activation;

namespace LossSpikes.Tests.Models;

/// <summary>Convolutional networks of every form, and BatchNorm in them, against libtorch's own layers and finite differences.</summary>
public sealed class BatchNormalizationTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Outputs_and_running_statistics_are_those_of_libtorch()
    {
        manual_seed(0);
        using var own = new BatchNormalization(3, ScalarType.Float64, CPU);
        using var libtorch = nn.BatchNorm2d(3, dtype: ScalarType.Float64);

        for (var pass = 0; pass < 4; pass++)
        {
            var images = (randn([5, 3, 4, 2], ScalarType.Float64) * (pass + 1)) + 7;
            if (pass == 3)
            {
                own.eval();
                libtorch.eval();
            }

            TensorAssert.AssertClose(own.call(images), libtorch.call(images), 1e-13);
        }

        Assert.Equal(libtorch.state_dict().Keys.Order(), own.state_dict().Keys.Order());
        foreach (var (name, value) in libtorch.state_dict())
        {
            Assert.True(own.state_dict()[name].to(ScalarType.Float64).allclose(value.to(ScalarType.Float64), 1e-13, 1e-14), name);
        }
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 1, 1)]
    [InlineData(3, 2, 0)]
    [InlineData(5, 3, 2)]
    public void Convolutions_of_every_kernel_are_those_of_libtorch(int kernel, int stride, int padding)
    {
        manual_seed(0);
        using var own = new Convolution(2, 3, kernel, stride, padding, ScalarType.Float64, CPU);
        using var libtorch = nn.Conv2d(2, 3, kernel, stride, padding, dtype: ScalarType.Float64);
        libtorch.load_state_dict(own.state_dict());
        var images = randn([4, 2, 7, 6], ScalarType.Float64);

        TensorAssert.AssertClose(own.call(images), libtorch.call(images), 1e-13);
    }

    [Theory]
    [InlineData("Average")]
    [InlineData("None")]
    public void Products_and_the_gradient_of_the_curvature_equal_central_differences(string pooling)
    {
        using var objective = Objective(new CnnSettings
        {
            Channels = [2, 3],
            Activation = Activation.Tanh,
            BatchNorm = true,
            Stride = 2,
            Pooling = Enum.Parse<Pooling>(pooling),
            Pool = 1,
        });
        const double H = 1e-5;
        var point = objective.GetParameters();
        var (u, direction) = (randn_like(point), randn_like(point));
        using var derivatives = objective.Evaluate(curvature: true);
        var product = derivatives.Hvp(u.unsqueeze(0))[0];
        var slope = derivatives.SharpnessGradient(u).dot(direction).item<double>();

        TensorAssert.AssertClose(product, (At(u, H).Gradient - At(u, -H).Gradient) / (2 * H), 1e-7);
        Assert.Equal((At(direction, H).Curvature - At(direction, -H).Curvature) / (2 * H), slope, 1e-5 * Math.Abs(slope));

        (Tensor Gradient, double Curvature) At(Tensor way, double distance)
        {
            objective.SetParameters(point + (distance * way));
            using var there = objective.Evaluate(curvature: true);
            return (there.Gradient.clone(), there.Hvp(u.unsqueeze(0))[0].dot(u).item<double>());
        }
    }

    [Fact]
    public void Names_are_those_of_the_Sequential_of_PyTorch()
    {
        using var objective = Objective(
            new CnnSettings { Channels = [2], Activation = Activation.Relu, BatchNorm = true, ZeroBiases = true, Init = Initialization.Xavier });

        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias", "5.weight", "5.bias"], objective.Parts.Select(p => p.Name));
        Assert.Equal(["1.num_batches_tracked", "1.running_mean", "1.running_var"], objective.Buffers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1.0, 1], objective.Weights["1.weight"].data<double>().ToArray());
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_resumed_run_has_the_bytes_of_one_that_never_stopped()
    {
        var file = _folder.Write("x.yaml", """
            name: x
            objective:
              kind: network
              data: { kind: digits, examples: 50 }
              model: { kind: cnn, channels: [3], activation: tanh, batch_norm: true }
              loss: cross_entropy
            optimizer: { kind: adamw, learning_rate: 0.01, clip: 1, schedule: { kind: cosine, steps: 20 } }
            steps: 20
            monitor: { explain: true }
            """);
        var (whole, shorter) = (_folder["whole"], _folder["shorter"]);
        Run("run", file, "--out", whole);
        Run("run", file, "--set", "steps=9", "--out", shorter);
        Run("resume", shorter, "--steps", "20");

        Assert.Equal(Rows(whole), Rows(shorter));
        Assert.Equal(Checkpoint(whole), Checkpoint(shorter));
        Run("export", whole, "--to", _folder["weights.safetensors"]);
        var weights = LossSpikes.TensorFiles.NamedTensors.Of(LossSpikes.TensorFiles.TensorFile.Read(_folder["weights.safetensors"]));
        Assert.Equal(21, weights.Single(t => t.Name == "1.num_batches_tracked").Tensor.item<long>());

        static IEnumerable<string> Rows(string run) => File.ReadAllLines(Path.Combine(run, "metrics.csv")).Select(l => l[..l.LastIndexOf(',')]);

        static byte[] Checkpoint(string run) => File.ReadAllBytes(Path.Combine(run, "checkpoints", "step-000000021.safetensors"));

        static void Run(params string[] arguments)
        {
            var result = LabResult.Run(arguments);
            Assert.True(result.ExitCode == 0, result.Diagnostics);
        }
    }

    private static NetworkObjective Objective(CnnSettings model)
    {
        manual_seed(0);
        return (NetworkObjective)new NetworkSettings { Data = new DigitsSettings { Examples = 9 }, Model = model, Loss = LossFunction.CrossEntropy }
            .Create(seed: 0, ScalarType.Float64, CPU);
    }
}
