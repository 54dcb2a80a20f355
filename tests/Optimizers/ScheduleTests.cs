using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Tests.Experiments;

namespace LossSpikes.Tests.Optimizers;

public sealed class ScheduleTests : IDisposable
{
    private readonly ExperimentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{ kind: constant }", new[] { 0.4, 0.4, 0.4, 0.4, 0.4 })]
    [InlineData("{ kind: step, every: 2, factor: 0.5 }", new[] { 0.4, 0.4, 0.2, 0.2, 0.1 })]
    [InlineData("{ kind: warmup, steps: 4 }", new[] { 0.1, 0.2, 0.3, 0.4, 0.4 })]
    [InlineData("{ kind: cosine, steps: 2, final: 0.1 }", new[] { 0.4, 0.25, 0.1, 0.1, 0.1 })]
    [InlineData("{ kind: list, values: { 3: 0.05, 1: 0.2 } }", new[] { 0.4, 0.2, 0.2, 0.05, 0.05 })]
    [InlineData("{ kind: scaled, from: 2, factor: 0.5 }", new[] { 0.4, 0.4, 0.2, 0.2, 0.2 })]
    [InlineData(
        "{ kind: scaled, from: 1, factor: 2, schedule: { kind: scaled, from: 3, factor: 3, schedule: { kind: warmup, steps: 4 } } }",
        new[] { 0.1, 0.4, 0.6, 2.4, 2.4 })]
    public void The_learning_rate_follows_its_schedule(string schedule, double[] expected)
    {
        var optimizer = Load(schedule).Optimizer;
        Assert.All(expected.Select((eta, t) => (eta, t)), e => Assert.Equal(e.eta, optimizer.LearningRateAt(e.t), 1e-15));
    }

    [Fact]
    public void A_list_is_written_and_read_back()
    {
        using var writer = new StringWriter();
        ExperimentFile.Write(Load("{ kind: list, values: { 0: 0.2, 500: 0.05 } }"), writer);
        Assert.Contains("    values:\n      0: 0.2\n      500: 0.05\n", writer.ToString(), StringComparison.Ordinal);
        var read = Assert.IsType<ListSchedule>(_folder.Load(writer.ToString()).Optimizer.Schedule);
        Assert.Equal([(0, 0.2), (500, 0.05)], read.Values.Select(v => (v.Key, v.Value)));
    }

    [Theory]
    [InlineData(
        "{ kind: list, values: { early: 0.1 } }",
        "x.yaml, line 10: optimizer.schedule.values.early is not a step; the keys of optimizer.schedule.values are whole numbers from 0 to 100000000")]
    [InlineData(
        "{ kind: list, values: { 05: 0.1 } }",
        "x.yaml, line 10: optimizer.schedule.values.05 is not a step; the keys of optimizer.schedule.values are whole numbers from 0 to 100000000")]
    [InlineData("{ kind: list, values: { 5: -0.1 } }", "x.yaml, line 10: optimizer.schedule.values.5 must be greater than 0, but is -0.1")]
    [InlineData("{ kind: list, values: [0.1] }", "x.yaml, line 10: optimizer.schedule.values must be values by step such as { 500: 0.05 }, but is [0.1]")]
    [InlineData("{ kind: cosin, steps: 2 }", "x.yaml, line 10: optimizer.schedule.kind \"cosin\" is unknown; did you mean cosine?")]
    public void A_wrong_schedule_is_refused_in_one_sentence(string schedule, string message) =>
        Assert.Equal(message, _folder.Refusal(() => Load(schedule)));

    private Experiment Load(string schedule) => _folder.Load(ExperimentFolder.Minimal.Replace(
        "optimizer: { kind: gd, learning_rate: 0.1 }",
        $"optimizer:\n  kind: momentum\n  learning_rate: 0.4\n  schedule: {schedule}",
        StringComparison.Ordinal));
}
