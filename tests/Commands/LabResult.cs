using LossSpikes.Lab.Commands;
using LossSpikes.Lab.Views;

namespace LossSpikes.Tests.Commands;

/// <summary>One command line, run in this process through the entry point of the program.</summary>
internal sealed record LabResult(int ExitCode, string Output, string Diagnostics)
{
    public static LabResult Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var diagnostics = new StringWriter();
        var code = LabCommand.Run(arguments, new Terminal(output, diagnostics, interactive: false));
        return new LabResult(code, output.ToString(), diagnostics.ToString());
    }
}
