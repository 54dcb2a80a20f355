using LossSpikes.Monitors;
using YamlDotNet.Serialization;

namespace LossSpikes.Tests.Monitors.Sinks;

/// <summary>The folder of MLflow's file store, read by its documented layout.</summary>
public sealed class MlflowSinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_has_its_metrics_parameters_tags_and_its_status()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        string run;
        using (var sink = new MlflowSink(_folder["mlruns"], "it's run 1", new Dictionary<string, string> { ["learning_rate"] = "0.1" }))
        {
            run = _folder[$"mlruns/0/{sink.RunId}"];
            Assert.Equal(run, sink.RunFolder);
            Assert.Equal("1", Yaml(run)["status"]);
            sink.Begin(Recorded.Schema);
            sink.Record(Recorded.Step(0, 2, 25));
            sink.Record(Recorded.Step(1, double.PositiveInfinity, null));
            sink.Record(Recorded.Spike(1));

            Assert.Equal(2, Lines(run, "loss").Length); // a page of MLflow follows the run
        }

        var loss = Lines(run, "loss").Select(l => l.Split(' ')).ToArray();
        Assert.Equal(["2", "Infinity"], loss.Select(l => l[1]));
        Assert.Equal(["0", "1"], loss.Select(l => l[2]));
        Assert.All(loss, l => Assert.InRange(long.Parse(l[0], null), before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        Assert.EndsWith(" 25 0", Assert.Single(Lines(run, "sharpness")), StringComparison.Ordinal);
        Assert.EndsWith(" 1.25 0", Assert.Single(Lines(run, "ratio")), StringComparison.Ordinal);
        Assert.Equal("0.1", File.ReadAllText(Path.Combine(run, "params/learning_rate")));
        Assert.Equal("it's run 1", File.ReadAllText(Path.Combine(run, "tags/mlflow.runName")));
        Assert.Equal(Recorded.Spike(1).Describe(), File.ReadAllText(Path.Combine(run, "tags/spike.1")));

        var about = Yaml(run);
        Assert.Equal(("it's run 1", "3", "0"), (about["run_name"], about["status"], about["experiment_id"]));
        Assert.Equal((Path.GetFileName(run), Path.GetFileName(run)), (about["run_id"], about["run_uuid"]));
        Assert.Equal(new Uri(Path.Combine(run, "artifacts")).AbsoluteUri, about["artifact_uri"]);
        Assert.True(Directory.Exists(Path.Combine(run, "artifacts")));
        Assert.InRange(long.Parse(about["end_time"], null), long.Parse(about["start_time"], null), long.MaxValue);
        var experiment = Yaml(_folder["mlruns/0"]);
        Assert.Equal(("Default", "0", "active"), (experiment["name"], experiment["experiment_id"], experiment["lifecycle_stage"]));
    }

    [Fact]
    public void Runs_share_the_experiment_and_nothing_else()
    {
        using var first = new MlflowSink(_folder["mlruns"], "first");
        var experiment = File.ReadAllText(_folder["mlruns/0/meta.yaml"]);
        using var second = new MlflowSink(_folder["mlruns"], "second");

        Assert.NotEqual(first.RunId, second.RunId);
        Assert.Equal(experiment, File.ReadAllText(_folder["mlruns/0/meta.yaml"]));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("..")]
    [InlineData("")]
    public void A_name_that_MLflow_does_not_allow_is_refused(string name) => Assert.Contains(
        "to be a name in MLflow",
        Assert.Throws<ArgumentException>(() => new MlflowSink(_folder["mlruns"], "run", new Dictionary<string, string> { [name] = "1" })).Message,
        StringComparison.Ordinal);

    private static string[] Lines(string run, string metric) => File.ReadAllLines(Path.Combine(run, "metrics", metric));

    private static Dictionary<string, string> Yaml(string folder) => new DeserializerBuilder().Build()
        .Deserialize<Dictionary<string, object?>>(File.ReadAllText(Path.Combine(folder, "meta.yaml"))).ToDictionary(p => p.Key, p => $"{p.Value}");
}
