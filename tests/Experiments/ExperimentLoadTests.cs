using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Experiments;

public sealed class ExperimentLoadTests : IDisposable
{
    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Omitted_keys_take_their_defaults()
    {
        var expected = new Experiment
        {
            Name = "small",
            Objective = new NetworkSettings
            {
                Data = new DigitsSettings { Examples = null, File = null },
                Model = new MlpSettings { Hidden = [8, 4], Activation = Activation.Tanh, Bias = true },
                Loss = LossFunction.Mse,
                Chunk = 8192,
            },
            Optimizer = new GradientDescentSettings { LearningRate = 0.1 },
            Steps = 10,
            Seed = 0,
            Dtype = null,
            Device = "cpu",
            Stop = new StopSettings { Loss = null, Accuracy = null },
            Monitor = new MonitorSettings
            {
                Every = new StepInterval(1),
                Eigenvalues = 2,
                Guards = 2,
                Tolerance = 1e-3,
                AuditEvery = new StepInterval(null),
                MinRise = 0.05,
                MaxOpen = 500,
                DivergenceFactor = 1e4,
            },
        };
        var loaded = _folder.Load(ExperimentFolder.Minimal);
        Assert.Equivalent(expected, loaded, strict: true);
        Assert.Equal(Precision.Float32, loaded.Precision);
    }

    [Fact]
    public void A_file_without_monitor_settings_has_the_defaults_of_the_library() =>
        Assert.Equivalent(new MonitorOptions { Seed = 3 }, _folder.Load(ExperimentFolder.Minimal).Monitor.ToOptions(seed: 3), strict: true);

    [Fact]
    public void Every_key_of_the_monitor_reaches_its_options() => Assert.Equivalent(
        new MonitorOptions
        {
            Every = null,
            Eigenvalues = 3,
            Guards = 4,
            Tolerance = 0.01,
            AuditEvery = 5,
            Explain = true,
            ExplainEvery = 6,
            Spikes = new SpikeRules { MinRise = 0.1, MaxOpen = 7, DivergenceFactor = 8 },
        },
        _folder.Load(ExperimentFolder.Minimal + """

            monitor:
              { every: auto, eigenvalues: 3, guards: 4, tolerance: 0.01, audit_every: 5, explain: true, explain_every: 6,
                min_rise: 0.1, max_open: 7, divergence_factor: 8 }
            """).Monitor.ToOptions(seed: 0),
        strict: true);

    [Fact]
    public void The_edge_of_stability_experiment_loads()
    {
        var experiment = ExperimentFile.Load(Repository.File("experiments/edge-of-stability.yaml"), []);
        Assert.Equal("edge-of-stability", experiment.Name);
        Assert.Equal(3000, experiment.Steps);
        var network = Assert.IsType<NetworkSettings>(experiment.Objective);
        Assert.Equal(1000, Assert.IsType<DigitsSettings>(network.Data).Examples);
        Assert.Equal([100, 100], Assert.IsType<MlpSettings>(network.Model).Hidden);
        Assert.Equal(0.1, Assert.IsType<GradientDescentSettings>(experiment.Optimizer).LearningRate);
        Assert.Equal(1e-3, experiment.Monitor.Tolerance);
    }

    [Fact]
    public void The_kind_need_not_come_first() =>
        Assert.Equal(0.5, LearningRate(_folder.Load(ExperimentFolder.Minimal.Replace("kind: gd, learning_rate: 0.1", "learning_rate: 0.5, kind: gd"))));

    [Theory]
    [InlineData("steps: 1e4", 10_000)]
    [InlineData("steps: 20.0", 20)]
    [InlineData("steps: 10   # few", 10)]
    public void Whole_numbers_may_be_written_in_any_way_that_JSON_allows(string line, int steps) =>
        Assert.Equal(steps, _folder.Load(ExperimentFolder.Minimal.Replace("steps: 10", line)).Steps);

    [Theory]
    [InlineData("no")]
    [InlineData("on")]
    [InlineData("'123'")]
    [InlineData("\"true\"")]
    [InlineData("1_000")]
    [InlineData("0x10")]
    [InlineData("007")]
    public void Words_and_quotes_stay_text(string name) =>
        Assert.Equal(name.Trim('\'', '"'), _folder.Load(ExperimentFolder.Minimal.Replace("name: small", $"name: {name}")).Name);

    [Fact]
    public void Aliases_stand_for_their_anchors()
    {
        var experiment = _folder.Load(ExperimentFolder.Minimal.Replace("small", "&word mps") + "\ndevice: *word");
        Assert.Equal(("mps", "mps"), (experiment.Name, experiment.Device));
    }

    [Fact]
    public void JSON_files_load_too()
    {
        var path = _folder.Save("""
            {
            	"name": "small", "steps": 10,
            	"objective": { "kind": "network", "data": { "kind": "digits", "file": "\u00e9\ud83d\ude00\/x.csv" },
            		"model": { "kind": "mlp", "hidden": [8, 4], "activation": "tanh" }, "loss": "cross_entropy" },
            	"optimizer": { "kind": "gd", "learning_rate": 1E-1 }
            }
            """, "x.json");
        var experiment = ExperimentFile.Load(path, []);
        Assert.Equal(0.1, LearningRate(experiment));
        Assert.Equal(Path.Combine(_folder.Folder, "é😀", "x.csv"), DataFile(experiment));
    }

    [Fact]
    public void Paths_are_relative_to_the_folder_of_the_file()
    {
        string With(string file) => ExperimentFolder.Minimal.Replace("kind: digits", $"kind: digits, file: {file}");
        Assert.Equal(Path.Combine(_folder.Folder, "d.csv"), DataFile(_folder.Load(With("sub/../d.csv"))));
        var full = Path.Combine(Path.GetTempPath(), "d.csv");
        Assert.Equal(full, DataFile(_folder.Load(With($"'{full}'"))));
        Assert.Equal(Path.Combine(_folder.Folder, "e.csv"), DataFile(_folder.Load(With("d.csv"), "objective.data.file=e.csv")));
    }

    private static double LearningRate(Experiment experiment) => ((GradientDescentSettings)experiment.Optimizer).LearningRate;

    private static string? DataFile(Experiment experiment) => ((DigitsSettings)((NetworkSettings)experiment.Objective).Data).File;
}
