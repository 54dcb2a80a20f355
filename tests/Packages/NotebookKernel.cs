using System.Text.Json.Nodes;

namespace LossSpikes.Tests.Packages;

/// <summary>The kernel of .NET Interactive, which is a tool of this repository, driven by its protocol: a JSON object on a line each.</summary>
internal static class NotebookKernel
{
    /// <summary>Runs the cells of a notebook in their order, and requires that each succeeds.</summary>
    /// <param name="cells">Their code.</param>
    /// <param name="folder">The folder of the notebook.</param>
    /// <param name="environment">Variables of the kernel.</param>
    /// <returns>What they print and show: plain text, or HTML.</returns>
    public static IReadOnlyList<string> Run(IEnumerable<string> cells, string folder, params (string Name, string Value)[] environment)
    {
        var restored = Child.Run("dotnet", ["tool", "restore"], folder);
        Assert.True(restored.ExitCode == 0, restored.Output + restored.Error);
        using var kernel = Child.Start(
            "dotnet", ["dotnet-interactive", "stdio", "--default-kernel", "csharp"], folder,
            [("DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT", "1"), ("MSBUILDDISABLENODEREUSE", "1"), .. environment]);
        kernel.BeginErrorReadLine();
        List<string> outputs = [];
        foreach (var (index, code) in cells.Index())
        {
            var token = $"cell {index}";
            Send(Command("SubmitCode", token, new JsonObject { ["code"] = code, ["targetKernelName"] = "csharp" }));
            outputs.AddRange(OutputsUntilDone(token));
        }

        Send(Command("Quit", "quit", []));
        Assert.True(kernel.WaitForExit(TimeSpan.FromMinutes(1)), "the kernel does not quit");
        return outputs;

        void Send(string command)
        {
            kernel.StandardInput.WriteLine(command);
            kernel.StandardInput.Flush();
        }

        IEnumerable<string> OutputsUntilDone(string token)
        {
            while (true)
            {
                var line = kernel.StandardOutput.ReadLine();
                Assert.True(line is not null, $"the kernel ended in {token}");
                if (!line.StartsWith('{'))
                {
                    continue; // it greets
                }

                var message = JsonNode.Parse(line)!;
                var (type, content) = ((string)message["eventType"]!, message["event"]!);
                Assert.True(type != "CommandFailed", $"{token}: {content["message"]}");
                if (type is "StandardOutputValueProduced" or "ReturnValueProduced" or "DisplayedValueProduced")
                {
                    yield return (string)content["formattedValues"]![0]!["value"]!;
                }

                if (type == "CommandSucceeded" && (string?)message["command"]?["token"] == token)
                {
                    yield break;
                }
            }
        }
    }

    private static string Command(string type, string token, JsonObject command) =>
        new JsonObject { ["commandType"] = type, ["token"] = token, ["command"] = command }.ToJsonString();
}
