using LossSpikes.Lab.Experiments;

namespace LossSpikes.Tests.Experiments;

public sealed class ExperimentLoadTests : IDisposable
{
    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KeysThatAreLeftOutTakeTheirDefaults()
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
                AuditEvery = 100,
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
    public void TheEdgeOfStabilityExperimentLoads()
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
    public void TheKindNeedNotComeFirst() =>
        Assert.Equal(0.5, LearningRate(_folder.Load(ExperimentFolder.Minimal.Replace("kind: gd, learning_rate: 0.1", "learning_rate: 0.5, kind: gd"))));

    [Theory]
    [InlineData("steps: 1e4", 10_000)]
    [InlineData("steps: 20.0", 20)]
    [InlineData("steps: 10   # few", 10)]
    public void WholeNumbersMayBeWrittenInAnyWayJsonHas(string line, int steps) =>
        Assert.Equal(steps, _folder.Load(ExperimentFolder.Minimal.Replace("steps: 10", line)).Steps);

    [Theory]
    [InlineData("no")]
    [InlineData("on")]
    [InlineData("'123'")]
    [InlineData("\"true\"")]
    [InlineData("1_000")]
    [InlineData("0x10")]
    [InlineData("007")]
    public void WordsAndQuotesStayText(string name) =>
        Assert.Equal(name.Trim('\'', '"'), _folder.Load(ExperimentFolder.Minimal.Replace("name: small", $"name: {name}")).Name);

    [Fact]
    public void AliasesStandForTheirAnchors()
    {
        var experiment = _folder.Load(ExperimentFolder.Minimal.Replace("small", "&word mps") + "\ndevice: *word");
        Assert.Equal(("mps", "mps"), (experiment.Name, experiment.Device));
    }

    [Fact]
    public void JsonFilesLoadToo()
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
    public void PathsCountFromTheFolderOfTheFile()
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
