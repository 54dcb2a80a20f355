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
        var command = new Command("doctor", "Show which libtorch, device and threads are used, what is missing, and how to fix it.") { json };
        command.SetAction(parsed =>
        {
            var findings = Doctor.Examine();
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
