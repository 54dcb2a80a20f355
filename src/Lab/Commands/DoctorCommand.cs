using System.CommandLine;
using System.Text.Json;
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
        var command = new Command("doctor", "Show which libtorch, device and threads are used, what is missing, and how to fix it.") { json, slurm };
        command.SetAction(async (parsed, _) =>
        {
            List<Finding> findings = [.. Doctor.Examine()];
            if (parsed.GetValue(slurm))
            {
                findings.AddRange(await SlurmFindings.Examine());
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
}
