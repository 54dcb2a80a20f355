using System.Globalization;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Runs;
using LossSpikes.TensorFiles;
using LossSpikes.Tests.Commands;
using static TorchSharp.torch;

namespace LossSpikes.Tests.TorchScript;

/// <summary>Networks that PyTorch traced or scripted: their derivatives and their training are PyTorch's.</summary>
public sealed class TorchScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string, string, object> Networks => new()
    {
        { "attention", "tokens.npz", "x", "y", LossFunction.CrossEntropy },
        { "cnn-scripted", "images.pt", "train.images", "train.labels", LossFunction.CrossEntropy },
        { "cnn-traced", "images.pt", "train.images", "train.labels", LossFunction.CrossEntropy },
        { "reader", "rows.pt", "x", "y", LossFunction.Mse },
    };

    [Theory, MemberData(nameof(Networks))]
    public void Loss_gradient_and_Hessian_vector_product_are_those_of_PyTorch(string network, string data, string inputs, string targets, object loss)
    {
        using var scope = NewDisposeScope();
        var facts = NetworkFacts.Of(network);
        using var objective = new NetworkSettings
        {
            Data = new TensorsSettings { File = FileOf(data), Inputs = inputs, Targets = targets },
            Model = new TorchScriptSettings { File = FileOf($"{network}.ts") },
            Loss = (LossFunction)loss,
        }.Create(seed: 0, ScalarType.Float64, CPU);
        using var derivatives = objective.Evaluate(curvature: true);
        var v = arange(1, objective.Dimension + 1, ScalarType.Float64).sin();

        Assert.Equal(facts.Names, objective.Parts.Select(p => p.Name));
        Close(facts.Loss, derivatives.Loss);
        Close(facts.Gradient, derivatives.Gradient.norm().item<double>());
        for (var again = 0; again < 3; again++)
        {
            Close(facts.Product, derivatives.Hvp(v.unsqueeze(0)).norm().item<double>());
        }

        static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-12 * Math.Abs(expected));
    }

    [Theory, MemberData(nameof(Networks))]
    public void Gradient_descent_repeats_the_losses_and_the_buffers_of_PyTorch(string network, string data, string inputs, string targets, object loss)
    {
        var facts = NetworkFacts.Of(network);
        var run = Train(network, data, inputs, targets, (LossFunction)loss, facts.Losses.Length - 1);

        var losses = RecordedRun.Open(run).Metrics.Loss;
        Assert.Equal(facts.Losses.Length, losses.Length);
        Assert.All(facts.Losses.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 1e-8));

        using var scope = NewDisposeScope();
        Assert.Equal(0, LabResult.Run("export", run, "--to", _folder["weights.safetensors"]).ExitCode);
        var weights = NamedTensors.Of(TensorFile.Read(_folder["weights.safetensors"])).ToDictionary(t => t.Name, t => t.Tensor);
        Assert.Equal(facts.Names.Concat(facts.Buffers.Keys).Order(StringComparer.Ordinal), weights.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, values) in facts.Buffers)
        {
            Assert.Equal(values, weights[name].to(ScalarType.Float64).flatten().data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-8);
        }
    }

    [Theory]
    [InlineData("attention", "tokens.npz", "x", "y", "float32")]
    [InlineData("cnn-scripted", "images.pt", "train.images", "train.labels", "float32")]
    [Trait("Speed", "Slow")]
    public void A_resumed_run_has_the_bytes_of_one_that_never_stopped(string network, string data, string inputs, string targets, string dtype)
    {
        var whole = Train(network, data, inputs, targets, LossFunction.CrossEntropy, 20, dtype, "whole");
        var shorter = Train(network, data, inputs, targets, LossFunction.CrossEntropy, 9, dtype, "shorter");

        Assert.Equal(0, LabResult.Run("resume", shorter, "--steps", "20").ExitCode);

        Assert.Equal(Rows(whole), Rows(shorter));
        Assert.Equal(Last(whole), Last(shorter));

        static IEnumerable<string> Rows(string run) => File.ReadAllLines(Path.Combine(run, "metrics.csv")).Select(l => l[..l.LastIndexOf(',')]);

        static byte[] Last(string run) => Weights(run, "step-000000021.safetensors");
    }

    [Fact]
    public void Eval_mode_takes_the_statistics_of_the_file_and_leaves_them_alone()
    {
        using var scope = NewDisposeScope();
        using var objective = Convolutions(NetworkMode.Eval);
        using var trained = Convolutions(NetworkMode.Train);
        var before = objective.Buffers.ToDictionary(b => b.Key, b => b.Value.clone());
        foreach (var each in (NetworkObjective[])[objective, trained])
        {
            using var derivatives = each.Evaluate(curvature: true);
            each.SetParameters(each.GetParameters());
        }

        Assert.All(before, b => Assert.True(objective.Buffers[b.Key].equal(b.Value).all().item<bool>()));
        Assert.Equal(1, trained.Buffers["1.num_batches_tracked"].item<long>());
        Assert.Equal(ScalarType.Int64, trained.Buffers["1.num_batches_tracked"].dtype);
        Assert.False(trained.Buffers["1.running_mean"].equal(before["1.running_mean"]).any().item<bool>());
    }

    [Fact]
    public void Evaluations_inside_a_step_do_not_count_as_passes()
    {
        using var scope = NewDisposeScope();
        using var objective = Convolutions(NetworkMode.Train);
        var point = objective.GetParameters();
        using (objective.Evaluate(curvature: true))
        {
            objective.SetParameters(point * 2);
            using (objective.Evaluate(curvature: false))
            {
            }

            objective.SetParameters(point);
        }

        Assert.Equal(1, objective.Buffers["1.num_batches_tracked"].item<long>());
    }

    private static NetworkObjective Convolutions(NetworkMode mode) => (NetworkObjective)new NetworkSettings
    {
        Data = new TensorsSettings { File = FileOf("images.pt"), Inputs = "train.images", Targets = "train.labels" },
        Model = new TorchScriptSettings { File = FileOf("cnn-scripted.ts"), Mode = mode },
        Loss = LossFunction.CrossEntropy,
    }.Create(seed: 0, ScalarType.Float64, CPU);

    private static string FileOf(string name) => Repository.File($"tests/PyTorchFiles/{name}");

    private static byte[] Weights(string run, string checkpoint) => File.ReadAllBytes(Path.Combine(run, "checkpoints", checkpoint));

    private string Train(
        string network, string data, string inputs, string targets, LossFunction loss, int steps, string dtype = "float64", string folder = "run")
    {
        var file = _folder.Write("x.yaml", string.Create(CultureInfo.InvariantCulture, $$"""
            name: x
            dtype: {{dtype}}
            objective:
              kind: network
              data: { kind: tensors, file: '{{FileOf(data)}}', inputs: {{inputs}}, targets: {{targets}} }
              model: { kind: torchscript, file: '{{FileOf($"{network}.ts")}}' }
              loss: {{(loss == LossFunction.Mse ? "mse" : "cross_entropy")}}
            optimizer: { kind: gd, learning_rate: {{NetworkFacts.Of(network).LearningRate}} }
            steps: {{steps}}
            monitor: { every: 5 }
            """));
        var result = LabResult.Run("run", file, "--out", _folder[folder]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        return _folder[folder];
    }
}
