using System.CommandLine;
using System.Text.Json;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Installation;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print the findings as JSON." };
        var slurm = new Option<bool>("--slurm")
        {
            Description = "Examine the Slurm cluster too: its partitions and limits. Where its controller does not answer, that takes 10 s to find out.",
        };
        var mpi = new Option<bool>("--mpi") { Description = "Examine MPI too, as lab run --ranks uses it: two processes are started and add up numbers." };
        var library = new Option<string?>("--mpi-lib") { Description = "With --mpi: the MPI library, as for lab run.", HelpName = "PATH" };
        var command = new Command(
            "doctor", "Show which libtorch, device and threads are used, what is missing, and how to fix it.") { json, slurm, mpi, library };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(mpi) && MpiCollective.IsLaunched)
            {
                return Probe(terminal, parsed.GetValue(library));
            }

            List<Finding> findings = [.. Doctor.Examine()];
            if (parsed.GetValue(slurm))
            {
                findings.AddRange(await SlurmFindings.Examine());
            }

            if (parsed.GetValue(mpi))
            {
                findings.AddRange(await MpiFindings.Examine(parsed.GetValue(library)));
            }

            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(JsonSerializer.Serialize(findings, RecordJson.Options));
            }
            else
            {
                foreach (var finding in findings)
                {
                    terminal.Results.WriteLine(
                        $"{(finding.Good ? "ok     " : "MISSING")} {finding.Name}: "
                            + $"{finding.Value}{(finding.Remedy is null ? "" : $"\n        → {finding.Remedy}")}");
                }
            }

            return findings.All(f => f.Good) ? ExitCode.Done : ExitCode.Environment;
        });
        return command;
    }

    // One of the two processes of --mpi.
    private static int Probe(Terminal terminal, string? library)
    {
        if (MpiFindings.Probe(library) is [_, ..] findings)
        {
            terminal.Results.WriteLine(JsonSerializer.Serialize(findings, RecordJson.Options));
        }

        return ExitCode.Done;
    }
}
