using System.Globalization;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.PyTorch;

/// <summary>The same weights, data and learning rate give the losses of PyTorch, which tests/PyTorchFiles/make.py computed.</summary>
public sealed class TrainingFromPyTorchTests : IDisposable
{
    private const double Tolerance = 1e-8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("chebyshev", "{ kind: chebyshev, degree: 3, points: 20 }", 16, 0.05, 500)]
    [InlineData("digits", "{ kind: digits, examples: 200 }", 10, 0.2, 50)]
    public void The_losses_equal_those_of_PyTorch_to_eight_digits(string name, string data, int hidden, double learningRate, int steps)
    {
        var file = _folder.Write("x.yaml", string.Create(CultureInfo.InvariantCulture, $$"""
            name: {{name}}
            dtype: float64
            objective:
              kind: network
              data: {{data}}
              model: { kind: mlp, hidden: [{{hidden}}], activation: tanh, init_from: {{name}}.pt }
              loss: mse
            optimizer: { kind: gd, learning_rate: {{learningRate}} }
            steps: {{steps}}
            monitor: { every: 100 }
            """));
        File.Copy(Repository.File($"tests/PyTorchFiles/{name}.pt"), _folder[$"{name}.pt"]);

        var result = LabResult.Run("run", file, "--out", _folder["run"]);

        Assert.True(result.ExitCode == 0, result.Diagnostics);
        var losses = RecordedRun.Open(_folder["run"]).Metrics.Loss;
        var expected = File.ReadLines(Repository.File($"tests/PyTorchFiles/{name}.csv")).Skip(1)
            .Select(line => double.Parse(line.Split(',')[1], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(steps + 1, expected.Length);
        Assert.Equal(expected.Length, losses.Length);
        Assert.All(expected.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }
}
