using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("seed: 1\nname: edge-of-stability # of Figure 6\nsteps: 5\n", "edge-of-stability")]
    [InlineData("name: \"a: b\"\n", "a: b")]
    [InlineData("data:\n  name: digits\nname: mine\n", "mine")]
    public void TakesItsNameFromTheExperiment(string config, string name)
    {
        SyntheticRun.WriteDiverged(_folder);
        _folder.Write("config.yaml", config);
        Assert.Equal(name, RunFolder.Open(_folder.Root).Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("seed: 1\n")]
    [InlineData("name:\n")]
    public void TakesTheFoldersNameOtherwise(string? config)
    {
        SyntheticRun.WriteDiverged(_folder);
        if (config is not null)
        {
            _folder.Write("config.yaml", config);
        }

        Assert.Equal(Path.GetFileName(_folder.Root), RunFolder.Open(_folder.Root + "/").Name);
    }

    [Fact]
    public void ReadsEverything()
    {
        SyntheticRun.Write(_folder);
        var run = RunFolder.Open(_folder.Root);
        Assert.Equal("edge of stability", run.Name);
        Assert.Equal(2001, run.Metrics.Rows);
        Assert.Single(run.Events.Spikes);
        Assert.Equal(Path.Combine(_folder.Root, "figures"), run.FiguresDirectory);
    }

    [Theory]
    [InlineData(null, "2/η", "the Hessian")]
    [InlineData("{ \"cores\": 2 }\n", "2/η", "the Hessian")]
    [InlineData("{ \"threshold_formula\": \"(2+2β)/η\", \"matrix\": \"H\" }\n", "(2+2β)/η", "the Hessian")]
    [InlineData("{ \"threshold_formula\": \"38/η\", \"matrix\": \"P⁻¹H\" }\n", "38/η", "P⁻¹H")]
    public void TakesTheNamesOfItsCurvatureFromTheEnvironment(string? environment, string threshold, string matrix)
    {
        SyntheticRun.Write(_folder);
        if (environment is not null)
        {
            _folder.Write("environment.json", environment);
        }

        Assert.Equal(new CurvatureLabels(threshold, matrix), RunFolder.Open(_folder.Root).Labels);
    }

    [Theory]
    [InlineData("[1]\n")]
    [InlineData("{\n")]
    [InlineData("{ \"matrix\": 3 }\n")]
    public void RefusesAnEnvironmentOfAnotherShape(string environment)
    {
        SyntheticRun.Write(_folder);
        _folder.Write("environment.json", environment);
        Assert.Contains("environment.json: expected", Assert.Throws<RunException>(() => RunFolder.Open(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("metrics.csv")]
    [InlineData("events.jsonl")]
    public void NamesTheMissingFile(string name)
    {
        SyntheticRun.WriteDiverged(_folder);
        File.Delete(Path.Combine(_folder.Root, name));
        Assert.Equal($"{Path.Combine(_folder.Root, name)}: the file is missing", Assert.Throws<RunException>(() => RunFolder.Open(_folder.Root)).Message);
    }

    [Fact]
    public void NamesTheMissingFolder()
    {
        var path = _folder.Root + "x";
        Assert.Equal($"{path}: there is no such run folder", Assert.Throws<RunException>(() => RunFolder.Open(path)).Message);
    }

    [Fact]
    public void NamesTheLineOfABrokenName()
    {
        SyntheticRun.WriteDiverged(_folder);
        _folder.Write("config.yaml", "seed: 1\nname: [1, 2\n");
        Assert.Contains("config.yaml, line 2: ", Assert.Throws<RunException>(() => RunFolder.Open(_folder.Root)).Message, StringComparison.Ordinal);
    }
}
