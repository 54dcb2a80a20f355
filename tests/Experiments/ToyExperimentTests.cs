using System.Globalization;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Article;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Experiments;

/// <summary>Toy objectives through <c>lab run</c>: the same monitor, events and files as for networks, against closed forms.</summary>
public sealed class ToyExperimentTests : IDisposable
{
    private const string PowerLaw = "{ kind: power_law }";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_power_law_equals_its_closed_form()
    {
        var metrics = Run(PowerLaw, learningRate: 30, steps: 400);
        var truth = PowerLawClosedForm.Walk(30, 400);

        AssertNear(truth.Loss, metrics.Loss);
        AssertNear(truth.Lambda1, metrics.Eigenvalues[0]);
        AssertNear(truth.Lambda2, metrics.Eigenvalues[1]);
        AssertNear(truth.AlongV1, metrics.GradientDots[0]);
        AssertNear(truth.AlongV2, metrics.GradientDots[1]);
        Assert.All(metrics.Threshold, t => Assert.Equal(2.0 / 30, t));
        Assert.All(metrics["accuracy"], a => Assert.True(double.IsNaN(a)));
        Assert.Contains("dtype: float64", File.ReadAllText(_folder["out/config.yaml"]), StringComparison.Ordinal);
    }

    [Fact]
    public void In_two_dimensions_each_component_shrinks_by_its_own_factor()
    {
        var metrics = Run("{ kind: quadratic, eigenvalues: [4, 1], rotation_degrees: 30, start: [2.5, 2] }", learningRate: 0.15, steps: 30);
        var (sin, cos) = Math.SinCos(Math.PI / 6);
        var (steep, flat) = (2.5 * cos + 2 * sin, -2.5 * sin + 2 * cos);
        for (var t = 0; t <= 30; t++)
        {
            var (x, y) = (Math.Pow(1 - 0.15 * 4, t) * steep, Math.Pow(1 - 0.15, t) * flat);
            var loss = (4 * x * x + y * y) / 2;
            Assert.Equal(loss, metrics.Loss[t], 1e-12 * loss);
            Assert.Equal(4 * x, metrics.GradientDots[0][t], 1e-13);
            Assert.Equal(Math.Abs(y), Math.Abs(metrics.GradientDots[1][t]), 1e-13);
        }
    }

    [Fact]
    public void One_dimension_has_one_eigenvalue_and_the_same_columns()
    {
        var metrics = Run("{ kind: quadratic, eigenvalues: [1.5], start: [2.5] }", learningRate: 0.5, steps: 15);

        Assert.Equal(2, metrics.Eigenvalues.Count);
        Assert.All(metrics.Sharpness, s => Assert.Equal(1.5, s));
        Assert.All(metrics.Eigenvalues[1], l => Assert.True(double.IsNaN(l)));
        Assert.All(metrics.GradientDots[1], g => Assert.True(double.IsNaN(g)));
        Assert.Equal(1.5 * Math.Pow(2.5 * Math.Pow(0.25, 15), 2) / 2, metrics.Loss[15], 1e-24);
        Assert.True(File.Exists(_folder["out/figures/gradient.png"]));
    }

    [Theory]
    [InlineData(2, 400)]
    [InlineData(50, 400)]
    [InlineData(500, 15)]
    public void The_tracker_gives_the_largest_eigenvalue_along_the_descent(int dimension, int steps)
    {
        var eigenvalues = Spectrum(dimension, seed: 1);
        var metrics = Run(Quadratic(eigenvalues), 1.9 / eigenvalues.Max(), steps, "monitor.tolerance=1e-9");

        Assert.Equal(steps + 1, metrics.Rows);
        Assert.All(metrics.Sharpness, s => Assert.Equal(eigenvalues.Max(), s, 1e-8 * eigenvalues.Max()));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(50, 3)]
    public void Descent_converges_below_two_over_the_largest_eigenvalue_and_diverges_above(int dimension, int seed)
    {
        var eigenvalues = Spectrum(dimension, seed);
        var below = Run(Quadratic(eigenvalues), 1.98 / eigenvalues.Max(), steps: 600);
        Assert.All(below.Loss.Zip(below.Loss.Skip(1)), pair => Assert.True(pair.Second < pair.First));
        Assert.DoesNotContain("crossing", File.ReadAllText(_folder["out/events.jsonl"]), StringComparison.Ordinal);

        var above = Run(Quadratic(eigenvalues), 2.02 / eigenvalues.Max(), steps: 2000, exitCode: 3);
        Assert.True(above.Loss[^1] > 1e4 * above.Loss[0]);
        Assert.Contains("\"event\":\"crossing\",\"step\":0,\"direction\":\"up\"", File.ReadAllText(_folder["out/events.jsonl"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_file_is_found_in_the_folder_of_the_experiment()
    {
        _folder.Write("matrix.csv", "2,1\n1,2\n");
        var metrics = Run("{ kind: quadratic, matrix: matrix.csv }", learningRate: 0.1, steps: 3);

        Assert.All(metrics.Sharpness, s => Assert.Equal(3, s, 1e-14));
        Assert.Equal(3, metrics.Loss[0]);
    }

    [Fact]
    public void Word_counts_are_found_in_the_folder_of_the_experiment()
    {
        _folder.Write("words.csv", "rank,count\n1,6\n2,4\n");
        var metrics = Run("{ kind: power_law, data: words.csv, start: [0, 0] }", learningRate: 0.1, steps: 3);

        Assert.Equal((0.36 + 0.16) / 4, metrics.Loss[0], 1e-16);
    }

    [Fact]
    public void Toys_run_in_float32_too()
    {
        var (single, exact) = (Run(PowerLaw, 30, steps: 50, "dtype=float32"), PowerLawClosedForm.Walk(30, 50));

        AssertNear(exact.Loss, single.Loss, 1e-4);
        Assert.All(single.Loss, l => Assert.Equal((float)l, l));
    }

    [Theory]
    [InlineData("{ kind: quadratic }", "objective needs one of the keys eigenvalues and matrix")]
    [InlineData("{ kind: quadratic, eigenvalues: [1], matrix: m.csv }", "objective has both eigenvalues and a matrix; give one of them")]
    [InlineData("{ kind: quadratic, eigenvalues: [] }", "a quadratic needs at least one eigenvalue")]
    [InlineData("{ kind: quadratic, eigenvalues: [1, -1] }", "x.yaml, line 2: objective.eigenvalues[1] must be at least 0, but is -1")]
    [InlineData("{ kind: quadratic, eigenvalues: [1, 2, 3], rotation_degrees: 30 }", "objective.rotation_degrees goes with two eigenvalues, but there are 3")]
    [InlineData("{ kind: quadratic, matrix: m.csv, rotation_degrees: 30 }", "objective.rotation_degrees goes with two eigenvalues, not with a matrix")]
    [InlineData("{ kind: quadratic, eigenvalues: [1, 2], start: [1] }", "objective.start has 1 number, but the objective has 2 parameters")]
    [InlineData("{ kind: power_law, start: [0, -0.8, 1] }", "objective.start has 3 numbers, but the objective has 2 parameters")]
    [InlineData("{ kind: power_law, data: hamlett }", "hamlett: there is no such file")]
    [InlineData("{ kind: power_law, data: m.csv }", "m.csv, line 1: the header must name one column 'rank', but it is '1,2'")]
    [InlineData("{ kind: quadratic, matrix: none.csv }", "none.csv: there is no such file")]
    [InlineData("{ kind: quadratic, matrix: wide.csv }", "wide.csv: the matrix has 1 row and 2 columns; it must be square")]
    [InlineData(
        "{ kind: quadratic, matrix: m.csv }",
        "m.csv, line 2: column 1 is 3 but its mirror image in line 1, column 2 is 2; the matrix must be symmetric")]
    [InlineData("{ kind: quadratic, matrix: saddle.csv }", "saddle.csv: the smallest eigenvalue is -1; the matrix must be positive semidefinite")]
    public void A_wrong_toy_is_refused_in_one_sentence_with_exit_code_2(string objective, string message)
    {
        _folder.Write("m.csv", "1,2\n3,4\n");
        _folder.Write("wide.csv", "1,2\n");
        _folder.Write("saddle.csv", "1,0\n0,-1\n");
        var result = LabResult.Run("run", Write(objective, 0.1, 3), "--out", _folder["out"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Equal(message + "\n", result.Diagnostics.Replace(_folder.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_folder["out"]), "nothing half-written is left");
    }

    private static double[] Spectrum(int dimension, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, dimension).Select(_ => 0.01 + 10 * random.NextDouble())];
    }

    private static string Quadratic(double[] eigenvalues) =>
        $"{{ kind: quadratic, eigenvalues: [{string.Join(", ", eigenvalues.Select(l => l.ToString("R", CultureInfo.InvariantCulture)))}] }}";

    private static void AssertNear(double[] expected, double[] measured, double relative = 1e-9)
    {
        Assert.Equal(expected.Length, measured.Length);
        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(measured), pair => Assert.Equal(pair.First, pair.Second, relative * scale));
    }

    private string Write(string objective, double learningRate, int steps) => _folder.Write("x.yaml", string.Create(
        CultureInfo.InvariantCulture, $"name: toy\nobjective: {objective}\noptimizer: {{ kind: gd, learning_rate: {learningRate} }}\nsteps: {steps}\n"));

    private MetricsTable Run(string objective, double learningRate, int steps, string set = "seed=0", int exitCode = 0)
    {
        if (Directory.Exists(_folder["out"]))
        {
            Directory.Delete(_folder["out"], recursive: true);
        }

        var result = LabResult.Run("run", Write(objective, learningRate, steps), "--set", set, "--out", _folder["out"]);
        Assert.True(result.ExitCode == exitCode, result.Diagnostics);
        Assert.DoesNotContain("\"event\":\"warning\"", File.ReadAllText(_folder["out/events.jsonl"]), StringComparison.Ordinal);
        return RecordedRun.Open(_folder["out"]).Metrics;
    }
}
