using LossSpikes.Lab;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Models;

/// <summary>The transformer against definitions, finite differences and a dense Hessian.</summary>
public sealed class TransformerTests : IDisposable
{
    private const int Tokens = 7, Length = 5;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false, 328)]
    [InlineData(true, 300)]
    public void Parameters_have_names_and_sizes(bool tied, long count)
    {
        using var network = Small(tied);

        Assert.Equal(count, network.parameters().Sum(p => p.numel()));
        string[] block = ["attention_norm", "attention", "attention_out", "dense_norm", "dense", "dense_out"];
        Assert.Equal(
            ((string[])["tokens.weight", "positions.weight", "norm.weight", "norm.bias", .. tied ? Array.Empty<string>() : ["head.weight"]])
                .Concat(block.SelectMany(part => (string[])[$"blocks.0.{part}.weight", $"blocks.0.{part}.bias"])).Order(StringComparer.Ordinal),
            network.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal));
        Assert.Equal(network.named_parameters().Select(p => p.name).Order(), network.state_dict().Keys.Order());
    }

    [Fact]
    public void A_later_token_does_not_change_earlier_scores()
    {
        using var network = Small(tied: false);
        using var _ = no_grad();
        var tokens = arange(Length, ScalarType.Int64).unsqueeze(0);
        var changed = tokens.clone();
        changed[0, 3] = 6;

        var difference = (network.call(tokens) - network.call(changed)).abs().amax([0, 2]);

        Assert.Equal([0.0, 0, 0], difference[..3].data<double>().ToArray());
        Assert.All(difference[3..].data<double>().ToArray(), d => Assert.True(d > 0));
        TensorAssert.AssertClose(network.call(tokens[.., ..2]), network.call(tokens)[.., ..2], 1e-13);
    }

    [Fact]
    public void Scores_are_those_of_the_formula()
    {
        using var network = Small(tied: false);
        Spread(network);
        var p = network.state_dict();
        var tokens = tensor(new long[] { 3, 0, 6, 6, 1 });

        var x = stack(Enumerable.Range(0, Length).Select(t => p["tokens.weight"][tokens[t].item<long>()] + p["positions.weight"][t]));
        x = x + Linear(Attention(Linear(Norm(x, "blocks.0.attention_norm"), "blocks.0.attention")), "blocks.0.attention_out");
        var hidden = Linear(Norm(x, "blocks.0.dense_norm"), "blocks.0.dense");
        x = x + Linear(hidden * 0.5 * (1 + (hidden / Math.Sqrt(2)).erf()), "blocks.0.dense_out");
        var expected = Norm(x, "norm").mm(p["head.weight"].t());

        TensorAssert.AssertClose(network.call(tokens.unsqueeze(0))[0], expected, 1e-13);

        Tensor Linear(Tensor input, string name) => input.mm(p[$"{name}.weight"].t()) + p[$"{name}.bias"];

        Tensor Norm(Tensor input, string name) => ((input - input.mean([1], true)) / (input.var(1, unbiased: false, keepdim: true) + 1e-5).sqrt()
            * p[$"{name}.weight"]) + p[$"{name}.bias"];

        // Row by row and head by head, two of width 2: sums over the positions so far.
        static Tensor Attention(Tensor all) => stack(Enumerable.Range(0, Length).Select(t => cat(Enumerable.Range(0, 2).Select(h =>
        {
            var (q, k, v) = (all[t, (2 * h)..((2 * h) + 2)], all[..(t + 1), (4 + (2 * h))..(6 + (2 * h))], all[..(t + 1), (8 + (2 * h))..(10 + (2 * h))]);
            var weights = (k.mv(q) / Math.Sqrt(2)).exp();
            return v.t().mv(weights / weights.sum());
        }).ToArray())));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_sharpness_and_its_gradient_are_those_of_a_dense_Hessian_by_differences(bool tied)
    {
        using var network = Small(tied);
        Spread(network);
        manual_seed(1);
        var (inputs, targets) = (randint(0, Tokens, [3, Length], ScalarType.Int64), randint(0, Tokens, [3, Length], ScalarType.Int64));
        using var objective = new FullBatch(network, inputs, targets, new CrossEntropy()).Objective();
        var point = objective.GetParameters();
        var dense = Dense(point);
        objective.SetParameters(point);
        using var derivatives = objective.Evaluate(curvature: true);
        var hessian = derivatives.Hvp(eye(objective.Dimension, dtype: ScalarType.Float64));
        var (values, vectors) = linalg.eigh(hessian);
        var top = vectors[.., -1];

        TensorAssert.AssertClose(hessian, dense, 1e-7);
        Assert.Equal(linalg.eigvalsh(dense)[-1].item<double>(), values[-1].item<double>(), 1e-7 * values[-1].item<double>());

        // ∇(uᵀHu) along random directions, by central differences of products.
        var slope = derivatives.SharpnessGradient(top);
        for (var i = 0; i < 5; i++)
        {
            const double H = 1e-5;
            var direction = randn_like(point);
            var expected = (Curvature(point + (H * direction)) - Curvature(point - (H * direction))) / (2 * H);
            Assert.Equal(expected, slope.dot(direction).item<double>(), 1e-6 * slope.norm().item<double>());
        }

        double Curvature(Tensor there)
        {
            objective.SetParameters(there);
            using var expanded = objective.Evaluate(curvature: true);
            return expanded.Hvp(top.unsqueeze(0))[0].dot(top).item<double>();
        }

        Tensor Dense(Tensor here)
        {
            const double H = 1e-5;
            return stack(Enumerable.Range(0, (int)here.shape[0]).Select(i =>
            {
                var step = zeros_like(here);
                step[i] = H;
                return (Gradient(here + step) - Gradient(here - step)) / (2 * H);
            }).ToArray());
        }

        Tensor Gradient(Tensor there)
        {
            objective.SetParameters(there);
            using var expanded = objective.Evaluate(curvature: false);
            return expanded.Gradient.clone();
        }
    }

    [Fact]
    public void At_first_all_characters_of_Hamlet_are_equally_likely()
    {
        manual_seed(0);
        using var objective = new NetworkSettings
        {
            Data = new TextSettings { Context = 32, Examples = 20 },
            Model = new TransformerSettings { Layers = 2, Heads = 2, Width = 16 },
            Loss = LossFunction.CrossEntropy,
        }.Create(seed: 0, ScalarType.Float32, CPU);
        using var derivatives = objective.Evaluate(curvature: false);

        Assert.Equal(Math.Log(63), derivatives.Loss, 0.02);
        Assert.Equal(Math.Log(63), objective.LossScale, 0.1);
        Assert.InRange(derivatives.Accuracy!.Value, 0, 0.3);
    }

    [Theory]
    [InlineData(63, 2, null, "objective.model.width must be a multiple of heads, 2, but is 63")]
    [InlineData(64, 2, 8, "objective.model.context must be at least 16, the number of tokens of an example, but is 8")]
    public void Sizes_that_do_not_fit_are_refused(int width, int heads, int? context, string says) =>
        Refused(new TextSettings { Context = 16 }, new TransformerSettings { Layers = 1, Heads = heads, Width = width, Context = context }, says);

    [Fact]
    public void Data_of_another_kind_are_refused()
    {
        var transformer = new TransformerSettings { Layers = 1, Heads = 1, Width = 4 };
        Refused(new DigitsSettings { Examples = 5 }, transformer, "transformer takes rows of tokens (data of kind text, or tensors of whole numbers), "
            + "but an example here has the shape [1, 8, 8] and holds real numbers");
        Refused(new TextSettings { Context = 16 }, new MlpSettings { Hidden = [3], Activation = Lab.Models.Activation.Tanh },
            "objective.model: for inputs of shape [");
        Refused(
            new TextSettings { Context = 16 }, transformer, "the targets of these data are classes, one at each position; use cross_entropy", LossFunction.Mse);
    }

    private static void Refused(DataSettings data, ModelSettings model, string says, LossFunction loss = LossFunction.CrossEntropy) => Assert.Contains(
        says,
        Assert.Throws<InputException>(() => new NetworkSettings { Data = data, Model = model, Loss = loss }.Create(0, ScalarType.Float32, CPU)).Message,
        StringComparison.Ordinal);

    private static Transformer Small(bool tied)
    {
        manual_seed(0);
        return new Transformer(Tokens, Length, layers: 1, heads: 2, width: 4, tied, ScalarType.Float64);
    }

    /// <summary>Moves all parameters away from the start, where many derivatives are almost zero.</summary>
    private static void Spread(Transformer network)
    {
        using var _ = no_grad();
        foreach (var parameter in network.parameters())
        {
            parameter.add_(randn_like(parameter) * 0.5);
        }
    }
}
