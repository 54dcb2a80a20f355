using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Tests.Monitors;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Models;

/// <summary>Every activation with every loss in both precisions: the loss against plain arithmetic, curvature against differences of gradients.</summary>
public sealed class EveryNetworkTests : IDisposable
{
    private const int Hidden = 4;

    private static readonly DataSettings Classes = new GaussianClustersSettings { Classes = 3, Dimension = 3, Separation = 1.5, Examples = 7, Seed = 2 };

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, string, ScalarType> Combinations => [.. from activation in Enum.GetNames<Activation>()
        from loss in Enum.GetNames<LossFunction>()
        from type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64]
        select (activation, loss, type)];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Combinations))]
    public void The_loss_equals_plain_arithmetic_and_the_curvature_central_differences(string activationName, string lossName, ScalarType type)
    {
        var (activation, loss) = (Enum.Parse<Activation>(activationName), Enum.Parse<LossFunction>(lossName));
        DataSettings data = loss switch
        {
            LossFunction.Mse => new TeacherSettings { Inputs = 3, Hidden = [5], Outputs = 2, Examples = 7 },
            LossFunction.Logistic => (GaussianClustersSettings)Classes with { Classes = 2 },
            _ => Classes,
        };
        using var objective = Objective(data, new MlpSettings { Hidden = [Hidden], Activation = activation, Gain = 2 }, loss, type);
        using var read = data.Load();
        var plain = PlainNetwork.Loss(
            [.. objective.GetParameters().to(ScalarType.Float64).data<double>()],
            Rows(read.Inputs),
            Rows(read.Targets.to(ScalarType.Float64).view(7, -1)),
            Hidden,
            activation,
            loss);

        using (var here = objective.Evaluate(curvature: false))
        {
            Assert.Equal(plain, here.Loss, type == ScalarType.Float64 ? 1e-13 : 1e-6);
            Assert.Equal(loss == LossFunction.Mse, here.Accuracy is null);
            objective.SetParameters(objective.GetParameters() - (0.1 * here.Gradient));
        }

        Assert.Equal((type, type), (objective.DataType, objective.GetParameters().dtype));
        AssertCurvature(objective);
    }

    [Theory]
    [InlineData("Average", ScalarType.Float32)]
    [InlineData("Average", ScalarType.Float64)]
    [InlineData("Max", ScalarType.Float32)]
    [InlineData("Max", ScalarType.Float64)]
    public void The_curvature_of_convolutions_equals_central_differences(string pooling, ScalarType type)
    {
        var model = new CnnSettings { Channels = [2, 3], Activation = Activation.Tanh, Pooling = Enum.Parse<Pooling>(pooling) };
        using var objective = Objective(new DigitsSettings { Examples = 5 }, model, LossFunction.CrossEntropy, type);

        AssertCurvature(objective);
    }

    // Vectorized kernels treat the channels beyond a multiple of 32 separately.
    [Theory]
    [InlineData(33)]
    [InlineData(70)]
    public void Convolutions_in_float32_and_float64_agree(int channels)
    {
        var model = new CnnSettings { Channels = [channels, channels], Activation = Activation.Relu };
        using var single = Objective(new DigitsSettings { Examples = 9 }, model, LossFunction.Mse, ScalarType.Float32);
        using var twofold = Objective(new DigitsSettings { Examples = 9 }, model, LossFunction.Mse, ScalarType.Float64);
        twofold.SetParameters(single.GetParameters().to(ScalarType.Float64));
        using var rough = single.Evaluate(curvature: false);
        using var exact = twofold.Evaluate(curvature: false);

        Assert.Equal(exact.Loss, rough.Loss, 1e-5 * exact.Loss);
        TensorAssert.AssertClose(rough.Gradient.to(ScalarType.Float64), exact.Gradient, 1e-4);
    }

    private static NetworkObjective Objective(DataSettings data, ModelSettings model, LossFunction loss, ScalarType type)
    {
        manual_seed(3);
        return (NetworkObjective)new NetworkSettings { Data = data, Model = model, Loss = loss }.Create(seed: 0, type, CPU);
    }

    private static void AssertCurvature(NetworkObjective objective)
    {
        var point = objective.GetParameters();
        var direction = randn_like(point);
        using var derivatives = objective.Evaluate(curvature: true);
        var product = derivatives.Hvp(direction.unsqueeze(0))[0];

        Assert.Equal(objective.DataType, product.dtype);
        Assert.True(product.isfinite().all().item<bool>());
        if (objective.DataType == ScalarType.Float64)
        {
            TensorAssert.AssertClose(product, (GradientAt(point + (1e-5 * direction)) - GradientAt(point - (1e-5 * direction))) / 2e-5, 1e-6);
        }

        Tensor GradientAt(Tensor there)
        {
            objective.SetParameters(there);
            using var expanded = objective.Evaluate(curvature: false);
            return expanded.Gradient.clone();
        }
    }

    private static double[][] Rows(Tensor table) => [.. Enumerable.Range(0, (int)table.shape[0]).Select(i => table[i].contiguous().data<double>().ToArray())];
}
