using System.Globalization;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.TensorFiles;
using LossSpikes.Tests.Commands;
using LossSpikes.Tests.Monitors.Curvature;
using LossSpikes.Tests.Monitors.Hook;
using static TorchSharp.torch;

namespace LossSpikes.Tests.TorchScript;

/// <summary><c>lab spectrum</c> of a program of PyTorch against dense matrices of the same network, 3-5-1 with tanh, made of TorchSharp's modules.</summary>
public sealed class TorchScriptSpectrumTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_eigenvalue_and_its_split_are_those_of_the_dense_matrices()
    {
        using var scope = NewDisposeScope();
        var (script, rows) = (Repository.File("tests/PyTorchFiles/reader.ts"), Repository.File("tests/PyTorchFiles/rows.pt"));
        var file = _folder.Write("x.yaml", $$"""
            name: x
            dtype: float64
            objective:
              kind: network
              data: { kind: tensors, file: '{{rows}}', inputs: x, targets: y }
              model: { kind: torchscript, file: '{{script}}' }
              loss: mse
            optimizer: { kind: gd, learning_rate: 0.1 }
            steps: 4
            """);
        var result = LabResult.Run("spectrum", file, "--step", "0", "--out", _folder["out"]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);

        var data = NamedTensors.Of(TensorFile.Read(rows)).ToDictionary(t => t.Name, t => t.Tensor);
        using var network = Network(script, rows);
        var hessian = DenseReference.Hessian(
            [.. network.parameters()], () => 0.5 * (network.call(data["x"]).squeeze(-1) - data["y"]).square().sum() / data["y"].shape[0]);
        var (values, columns) = linalg.eigh(hessian);
        var gauss = DenseGaussNewton.Of(network, data["x"], crossEntropy: false);

        var (row, nodes) = (Table("spectrum.csv")[0], Table("quadrature.csv").Select(r => r["lambda"]));
        Assert.Equal(values.data<double>().ToArray(), nodes.Order(), (a, b) => Math.Abs(a - b) < 1e-7);
        foreach (var (name, at) in new[] { ("1", 25), ("2", 24), ("3", 23), ("min", 0) })
        {
            var u = columns.select(1, at);
            var part = u.dot(gauss.mv(u)).item<double>();
            Assert.Equal(values[at].item<double>(), row[$"lambda_{name}"], 2e-4); // a tolerance of 1e-4·λ₁
            Assert.Equal(part, row[$"gauss_newton_{name}"], 1e-3);
            Assert.Equal(values[at].item<double>() - part, row[$"rest_{name}"], 1e-3);
        }
    }

    /// <summary>The network with the weights of the program.</summary>
    private static nn.Module<Tensor, Tensor> Network(string script, string rows)
    {
        using var objective = new NetworkSettings
        {
            Data = new TensorsSettings { File = rows, Inputs = "x", Targets = "y" },
            Model = new TorchScriptSettings { File = script },
            Loss = LossFunction.Mse,
        }.Create(seed: 0, ScalarType.Float64, CPU);
        var module = nn.Sequential(nn.Linear(3, 5, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(5, 1, dtype: ScalarType.Float64));
        var point = objective.GetParameters();
        using var frozen = no_grad();
        long from = 0;
        foreach (var parameter in module.parameters())
        {
            parameter.copy_(point.narrow(0, from, parameter.numel()).reshape(parameter.shape));
            from += parameter.numel();
        }

        return module;
    }

    private List<Dictionary<string, double>> Table(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(_folder["out"], name)).Select(l => l.Split(',')).ToList();
        return [.. lines.Skip(1).Select(cells => lines[0].Zip(
            cells, (column, cell) => (column, cell.Length == 0 ? double.NaN : double.Parse(cell, CultureInfo.InvariantCulture))).ToDictionary())];
    }
}
