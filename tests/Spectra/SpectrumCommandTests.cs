using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Spectra;

/// <summary><c>lab spectrum</c> through the command line, its files read back.</summary>
public sealed class SpectrumCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_is_measured_at_the_start_and_at_its_checkpoints()
    {
        var file = Experiment(SmallExperiment.Yaml + "checkpoint: { every: 60 }\n");
        var run = _folder["run"];
        Assert.Equal(0, LabResult.Run("run", file, "--out", run).ExitCode);

        var result = LabResult.Run("spectrum", run, "--out", _folder["spectrum"], "--json");

        Assert.Equal(0, result.ExitCode);
        var rows = Table(_folder["spectrum/spectrum.csv"]);
        Assert.Equal([0, 60, 120], rows.Select(r => r["step"]!.Value));
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(3, json.RootElement.GetProperty("spectra").GetArrayLength());
        var past = RecordedRun.Open(run).Measurements.ToDictionary(m => m.Step);
        foreach (var row in rows)
        {
            var measured = past[(long)row["step"]!.Value];
            Assert.Equal(measured.Loss, row["loss"]);
            Assert.Equal(measured.Sharpness!.Value, row["lambda_1"]!.Value, 2e-3 * measured.Sharpness.Value);
            Assert.Equal(row["lambda_1"]!.Value, row["gauss_newton_1"]!.Value + row["rest_1"]!.Value, 1e-9);
        }

        foreach (var nodes in Table(_folder["spectrum/quadrature.csv"]).GroupBy(n => n["step"]))
        {
            var row = rows.Single(r => r["step"] == nodes.Key);
            Assert.Equal(310, nodes.Count());
            Assert.Equal(row["trace"]!.Value, nodes.Sum(n => n["lambda"]!.Value), 1e-9);
            Assert.Equal(row["negative"], nodes.Count(n => n["lambda"] < -1e-10));
            Assert.Equal(row["lambda_min"]!.Value, nodes.Min(n => n["lambda"]!.Value), 1e-4 * row["lambda_1"]!.Value);
        }

        foreach (var curve in Table(_folder["spectrum/density.csv"]).GroupBy(n => n["step"]))
        {
            var points = curve.ToList();
            Assert.Equal(1, points.Sum(p => p["density"]!.Value) * (points[1]["lambda"]!.Value - points[0]["lambda"]!.Value), 1e-3);
        }

        Assert.True(File.Exists(_folder["spectrum/figures/density.png"]) && File.Exists(_folder["spectrum/figures/along.png"]));
    }

    [Fact]
    public void A_step_between_checkpoints_is_reached_by_repeating_the_training()
    {
        var file = Experiment(SmallExperiment.Yaml.Replace("kind: gd, learning_rate: 0.35", "kind: adam, learning_rate: 0.01, batch: 20")
            + "checkpoint: { every: 60 }\n");
        var run = _folder["run"];
        Assert.Equal(0, LabResult.Run("run", file, "--out", run).ExitCode);
        var past = RecordedRun.Open(run).Measurements.ToDictionary(m => m.Step);

        Assert.Equal(0, LabResult.Run("spectrum", run, "--step", "70", "10", "--matrix", "edge", "--out", _folder["a"]).ExitCode);

        foreach (var row in Table(_folder["a/spectrum.csv"]))
        {
            var measured = past[(long)row["step"]!.Value];
            Assert.Equal(measured.Loss, row["loss"]!.Value, 1e-12);
            Assert.Equal(measured.Threshold, row["threshold"]!.Value, 1e-12);
            Assert.Equal(measured.Sharpness!.Value, row["lambda_1"]!.Value, 2e-3 * measured.Sharpness.Value);
            Assert.Equal(row["lambda_1"]!.Value, row["gauss_newton_1"]!.Value + row["rest_1"]!.Value, 1e-9 * row["lambda_1"]!.Value);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_files_and_the_estimate_knows_its_limits()
    {
        var file = Experiment(SmallExperiment.Yaml);
        string[] few = ["--vectors", "3", "--lanczos-steps", "20", "--trace-products", "30", "--seed", "5"];
        foreach (var name in new[] { "a", "b" })
        {
            Assert.Equal(0, LabResult.Run(["spectrum", file, "--out", _folder[name], .. few]).ExitCode);
        }

        Assert.All(
            ["spectrum.csv", "density.csv", "quadrature.csv", "spectrum.json"],
            f => Assert.Equal(File.ReadAllBytes(_folder["a/" + f]), File.ReadAllBytes(_folder["b/" + f])));
        var row = Assert.Single(Table(_folder["a/spectrum.csv"]));
        Assert.Equal((null, null), (row["negative"], row["zero"]));
        Assert.True(row["trace_error"] > 0 && row["negative_share_error"] >= 0);

        var exact = LabResult.Run("spectrum", file, "--out", _folder["c"]);
        Assert.Equal(0, exact.ExitCode);
        var truth = Assert.Single(Table(_folder["c/spectrum.csv"]));
        Assert.Equal(truth["lambda_min"]!.Value, row["lambda_min"]!.Value, 1e-3 * Math.Abs(truth["lambda_min"]!.Value));
        Assert.InRange(row["trace"]!.Value - truth["trace"]!.Value, -3 * row["trace_error"]!.Value, 3 * row["trace_error"]!.Value);
    }

    [Fact]
    public void A_toy_has_a_spectrum_and_no_split()
    {
        var file = Experiment("""
            name: toy
            objective: { kind: quadratic, eigenvalues: [3, 2, 0] }
            optimizer: { kind: gd, learning_rate: 0.1 }
            steps: 10
            """);

        var result = LabResult.Run("spectrum", file, "--step", "4", "--out", _folder["toy"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("no split: the Gauss–Newton matrix is that of a loss on the outputs of a network", result.Output);
        Assert.Contains("0 negative eigenvalues, 1 zero to rounding", result.Output);
        var row = Assert.Single(Table(_folder["toy/spectrum.csv"]));
        Assert.Equal([3, 2, 0, 5], new[] { row["lambda_1"], row["lambda_2"], row["lambda_3"], row["trace"] }.Select(v => Math.Round(v!.Value, 9)));
        Assert.Null(row["gauss_newton_1"]);
    }

    [Fact]
    public void Wrong_inputs_get_one_sentence()
    {
        var file = Experiment(SmallExperiment.Yaml);
        Directory.CreateDirectory(_folder["empty"]);
        Refused("is no run folder: there is no config.yaml in it", _folder["empty"]);
        Refused("nowhere.yaml", _folder["nowhere.yaml"]);
        Refused("--step is 151, but the experiment has steps 0 to 150", file, "--step", "151");
        Refused("--step is -1, but the experiment has steps 0 to 150", file, "--step", "-1");
        Refused("exists already and is not overwritten", file, "--out", _folder["empty"]);
        Refused("not finite", file, "--step", "9", "--set", "optimizer.learning_rate=1e300", "--out", _folder["far"]);
        Assert.False(Directory.Exists(_folder["far"]));

        void Refused(string says, params string[] arguments)
        {
            var result = LabResult.Run(["spectrum", .. arguments]);
            Assert.Contains(says, result.Diagnostics);
            Assert.Equal(2, result.ExitCode);
        }
    }

    private string Experiment(string yaml)
    {
        File.WriteAllText(_folder["experiment.yaml"], yaml);
        return _folder["experiment.yaml"];
    }

    private static List<Dictionary<string, double?>> Table(string path)
    {
        var lines = File.ReadAllLines(path);
        var header = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => header.Zip(
            line.Split(','), (name, cell) => (name, cell.Length == 0 ? (double?)null : double.Parse(cell, CultureInfo.InvariantCulture))).ToDictionary())];
    }
}
