using LossSpikes.Lab.Sweeps;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Flows;

/// <summary>Members of a sweep that are flows.</summary>
public sealed class FlowSweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_member_is_the_run_of_its_experiment_and_has_a_row()
    {
        var file = _folder.Write("tiny.yaml", TinyFlow.Yaml);
        SweepFolder.Plan(_folder["sweep"], file, ["steps=5"], [SweepAxis.Parse("flow.kind=central,gradient")]).Save();

        foreach (var index in new[] { "0", "1" })
        {
            var member = LabResult.Run("sweep", "member", _folder["sweep"], "--index", index);
            Assert.True(member.ExitCode == 0, member.Diagnostics);
        }

        Assert.Equal(0, LabResult.Run("run", file, "--set", "steps=5", "--set", "flow.kind=central", "--out", _folder["central"]).ExitCode);
        SameRun.Assert(_folder["central"], _folder["sweep/kind=central"]);
        Assert.NotEqual(SameRun.WithoutSeconds(_folder["central"]), SameRun.WithoutSeconds(_folder["sweep/kind=gradient"]));
        var report = LabResult.Run("sweep", "report", _folder["sweep"]);
        Assert.True(report.ExitCode == 0, report.Diagnostics);
        var rows = File.ReadAllLines(_folder["sweep/sweep.csv"]).Select(l => l.Split(',')).ToList();
        Assert.Equal(["central", "gradient"], rows.Skip(1).Select(r => r[0]));
        Assert.All(rows.Skip(1), r => Assert.Equal("completed", r[1]));
    }
}
