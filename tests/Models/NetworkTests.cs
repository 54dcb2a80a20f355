using LossSpikes.Lab;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Models;

public sealed class NetworkTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Parameters_have_the_names_of_the_Sequential_of_PyTorch()
    {
        long[] row = [6], image = [1, 8, 8];

        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias"], Names(new MlpSettings { Hidden = [4], Activation = Activation.Relu }, row));
        Assert.Equal(["0.weight", "1.weight", "2.weight"], Names(new DeepLinearSettings { Hidden = [4, 5] }, row));
        Assert.Equal(["0.weight", "1.weight"], Names(new ScalarProductSettings { Start = [1, 2] }, [1], 1));
        Assert.Equal(
            ["0.weight", "0.bias", "3.weight", "3.bias", "7.weight", "7.bias"],
            Names(new CnnSettings { Channels = [2, 3], Activation = Activation.Tanh }, image));
    }

    [Fact]
    public void Xavier_is_uniform_within_its_bound_times_the_gain()
    {
        var weight = Weight(0, Initialization.Xavier, gain: 3);
        var bound = 3 * Math.Sqrt(6.0 / (300 + 200));

        Assert.InRange(weight.abs().max().item<float>(), 0.99 * bound, bound);
        Assert.Equal(bound / Math.Sqrt(3), weight.std().item<float>(), 0.01 * bound);
    }

    [Fact]
    public void MuP_divides_by_the_root_of_the_fan_in_and_in_the_last_layer_by_the_fan_in()
    {
        Assert.Equal(1 / Math.Sqrt(300), Weight(0, Initialization.Mup).std().item<float>(), 5e-4);
        Assert.Equal(1 / 200.0, Weight(1, Initialization.Mup).std().item<float>(), 1e-4);
    }

    [Fact]
    public void Zero_biases_leave_the_initial_weights_unchanged()
    {
        var (drawn, zeroed) = (Build(false), Build(true));

        Assert.True(drawn[0].eq(zeroed[0]).all().item<bool>());
        Assert.False(drawn[1].eq(0).any().item<bool>());
        Assert.True(zeroed[1].eq(0).all().item<bool>());

        static Tensor[] Build(bool zeroBiases)
        {
            manual_seed(0);
            var settings = new MlpSettings { Hidden = [4], Activation = Activation.Tanh, ZeroBiases = zeroBiases };
            return [.. settings.Build(new NetworkTask([3], 2), ScalarType.Float32, CPU).parameters()];
        }
    }

    [Fact]
    public void The_minimal_example_has_the_loss_and_the_Hessian_of_its_formula()
    {
        double[] start = [2.5, 2.5, 0.1, 0.4];
        var settings = new NetworkSettings
        {
            Data = new InlineSettings { Inputs = [[1]], Targets = [[1]] },
            Model = new ScalarProductSettings { Start = start },
            Loss = LossFunction.Mse,
        };
        using var objective = settings.Create(seed: 0, ScalarType.Float64, CPU);
        using var derivatives = objective.Evaluate(curvature: true);
        var hessian = derivatives.Hvp(eye(4, dtype: ScalarType.Float64));
        var product = start.Aggregate((a, b) => a * b);

        Assert.Equal(start, objective.GetParameters().data<double>().ToArray());
        Assert.Equal(0.5 * (1 - product) * (1 - product), derivatives.Loss, 1e-15);
        for (var i = 0; i < 4; i++)
        {
            for (var j = 0; j < 4; j++)
            {
                var outer = product * product / (start[i] * start[j]);
                var mixed = i == j ? 0 : (product - 1) * product / (start[i] * start[j]);
                Assert.Equal(outer + mixed, hessian[i, j].item<double>(), 1e-13);
            }
        }
    }

    [Theory]
    [InlineData("digits", "mlp", "Logistic", "logistic takes two classes, but the data have 10; use cross_entropy, or keep two with `classes`")]
    [InlineData("chebyshev", "mlp", "CrossEntropy", "the targets of these data are numbers, not classes; use mse")]
    [InlineData("chebyshev", "mlp", "Logistic", "the targets of these data are numbers, not classes; use mse")]
    [InlineData("chebyshev", "cnn", "Mse", "cnn takes images (digits, mnist, fashion_mnist, cifar10), but an example here is a row of 1 numbers; use mlp")]
    [InlineData("digits", "deep cnn", "Mse", "images of 8 × 8 pixels are too small for 4 convolutions with this kernel, stride, padding and pooling")]
    [InlineData("digits", "product", "Mse", "scalar_product takes one input to one output, but the data have 64 and 10")]
    public void Settings_that_do_not_fit_together_are_refused_in_one_sentence(string data, string model, string loss, string says)
    {
        var settings = new NetworkSettings
        {
            Data = data == "digits" ? new DigitsSettings { Examples = 10 } : new ChebyshevSettings { Degree = 3, Points = 5 },
            Model = model switch
            {
                "mlp" => new MlpSettings { Hidden = [3], Activation = Activation.Tanh },
                "product" => new ScalarProductSettings { Start = [1] },
                _ => new CnnSettings { Channels = model == "cnn" ? [2] : [2, 2, 2, 2], Activation = Activation.Tanh },
            },
            Loss = Enum.Parse<LossFunction>(loss),
        };

        Assert.Contains(says, Assert.Throws<InputException>(() => settings.Create(seed: 0, ScalarType.Float32, CPU)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(ModelSettings settings, long[] example, long outputs = 3) =>
        settings.Build(new NetworkTask(example, outputs), ScalarType.Float32, CPU).named_parameters().Select(p => p.name);

    private static Tensor Weight(int layer, Initialization how, double gain = 1)
    {
        manual_seed(0);
        var settings = new DeepLinearSettings { Hidden = [200], Init = how, Gain = gain };
        return settings.Build(new NetworkTask([300], 150), ScalarType.Float32, CPU).parameters().ElementAt(layer);
    }
}
