using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Runs;

public sealed class RecordedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("seed: 1\nname: edge-of-stability # of Figure 6\nsteps: 5\n", "edge-of-stability")]
    [InlineData("name: \"a: b\"\n", "a: b")]
    [InlineData("data:\n  name: digits\nname: mine\n", "mine")]
    public void A_run_has_the_name_of_its_experiment(string config, string name)
    {
        SyntheticRun.WriteDiverged(_folder);
        _folder.Write("config.yaml", config);
        Assert.Equal(name, RecordedRun.Open(_folder.Root).Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("seed: 1\n")]
    [InlineData("name:\n")]
    public void Without_an_experiment_a_run_has_the_name_of_its_folder(string? config)
    {
        SyntheticRun.WriteDiverged(_folder);
        if (config is not null)
        {
            _folder.Write("config.yaml", config);
        }

        Assert.Equal(Path.GetFileName(_folder.Root), RecordedRun.Open(_folder.Root + "/").Name);
    }

    [Fact]
    public void Every_file_of_the_folder_is_read()
    {
        SyntheticRun.Write(_folder);
        var run = RecordedRun.Open(_folder.Root);
        Assert.Equal("edge-of-stability", run.Name);
        Assert.Equal(2001, run.Metrics.Rows);
        Assert.Single(run.Spikes);
        Assert.Equal(712, run.FirstCrossing);
        Assert.Equal(run.Metrics.Loss, run.Measurements.Select(m => m.Loss));
        Assert.Equal(Path.Combine(_folder.Root, "figures"), run.FiguresDirectory);
    }

    [Theory]
    [InlineData(null, "2/η", "the Hessian")]
    [InlineData("{ kind: gd, learning_rate: 1, weight_decay: 0.1 }", "2/η", "H + λI")]
    [InlineData("{ kind: momentum, learning_rate: 1 }", "(2+2β)/η", "the Hessian")]
    [InlineData("{ kind: adam, learning_rate: 1 }", "38/η", "P⁻¹H")]
    [InlineData("{ kind: sorcery }", "2/η", "the Hessian")]
    public void Threshold_and_matrix_follow_from_the_optimizer(string? optimizer, string threshold, string matrix)
    {
        SyntheticRun.WriteDiverged(_folder);
        if (optimizer is not null)
        {
            _folder.Write("config.yaml", $"name: a\nobjective: {{ kind: power_law }}\noptimizer: {optimizer}\nsteps: 5\n");
        }

        var run = RecordedRun.Open(_folder.Root);
        Assert.Equal((threshold, matrix), (run.ThresholdFormula, run.Matrix));
    }

    [Theory]
    [InlineData("metrics.csv")]
    [InlineData("events.jsonl")]
    public void A_missing_file_is_named(string name)
    {
        SyntheticRun.WriteDiverged(_folder);
        File.Delete(Path.Combine(_folder.Root, name));
        Assert.Equal($"{Path.Combine(_folder.Root, name)}: the file is missing", Assert.Throws<RunException>(() => RecordedRun.Open(_folder.Root)).Message);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        var path = _folder.Root + "x";
        Assert.Equal($"{path}: there is no such run folder", Assert.Throws<RunException>(() => RecordedRun.Open(path)).Message);
    }

    [Theory]
    [InlineData("name: a\n", "config.yaml: the experiment needs the key objective")]
    [InlineData("name: a\nstepz: 5\n", "config.yaml, line 2: stepz is not a key of the experiment; did you mean steps?")]
    [InlineData(null, "config.yaml: there is no such file")]
    public void A_broken_or_missing_config_is_refused_where_the_experiment_is_needed(string? config, string message)
    {
        SyntheticRun.WriteDiverged(_folder);
        if (config is not null)
        {
            _folder.Write("config.yaml", config);
        }

        var run = RecordedRun.Open(_folder.Root);

        Assert.EndsWith(message, Assert.Throws<SettingsException>(() => run.Experiment).Message, StringComparison.Ordinal);
        Assert.Equal(("2/η", "the Hessian"), (run.ThresholdFormula, run.Matrix));
    }

    [Fact]
    public void The_line_of_a_broken_name_is_named()
    {
        SyntheticRun.WriteDiverged(_folder);
        _folder.Write("config.yaml", "seed: 1\nname: [1, 2\n");
        Assert.Contains("config.yaml, line 2: ", Assert.Throws<RunException>(() => RecordedRun.Open(_folder.Root)).Message, StringComparison.Ordinal);
    }
}
