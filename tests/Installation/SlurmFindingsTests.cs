using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Installation;

/// <summary><c>lab doctor --slurm</c> where something is missing; the tests of sweeps have a cluster for it.</summary>
public sealed class SlurmFindingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_Slurm_that_is_a_finding_with_its_remedy()
    {
        var last = LastFinding(("PATH", "/nowhere"));

        Assert.Equal("Slurm", (string?)last["name"]);
        Assert.StartsWith("sinfo was not found", (string?)last["value"], StringComparison.Ordinal);
        Assert.Contains("login node", (string?)last["remedy"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_controller_that_does_not_answer_is_a_finding_after_the_version()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/scontrol"), "Slurm is not installed");
        var file = _folder.Write("slurm.conf", """
            ClusterName=away
            SlurmctldHost=away(127.0.0.1)
            SlurmctldPort=1
            MessageTimeout=2
            NodeName=n1 CPUs=1
            PartitionName=p Nodes=n1

            """);

        var last = LastFinding(("SLURM_CONF", file));

        Assert.Equal("Slurm cluster", (string?)last["name"]);
        Assert.StartsWith("scontrol failed with exit code 1", (string?)last["value"], StringComparison.Ordinal);
        Assert.Contains("scontrol ping", (string?)last["remedy"], StringComparison.Ordinal);
    }

    private static JsonNode LastFinding((string Name, string Value) variable)
    {
        var doctor = Child.Run("dotnet", [BackgroundLab.Program, "doctor", "--slurm", "--json"], null, variable);

        Assert.Equal((4, ""), (doctor.ExitCode, doctor.Error));
        var last = JsonNode.Parse(doctor.Output)!.AsArray()[^1]!;
        Assert.False((bool)last["good"]!);
        Printable.AssertSentence((string)last["value"]!);
        return last;
    }
}
