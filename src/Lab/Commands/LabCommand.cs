using System.CommandLine;
using System.CommandLine.Help;
using LossSpikes.Lab.Commands.Sweeps;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Commands;

/// <summary>The command line: <c>lab COMMAND …</c>.</summary>
internal static class LabCommand
{
    /// <summary>All commands.</summary>
    public static RootCommand Create(Terminal terminal) => new("""
        A laboratory for loss spikes: trains networks and toy objectives by full-batch gradient descent, measures the
        sharpness (the largest eigenvalue of the Hessian) as it goes, and logs every spike against the optimizer's threshold.

        Start with: lab run experiments/edge-of-stability.yaml

        Exit codes: 0 done, 1 wrong usage, 2 bad value, experiment or input file, 3 the run diverged, 4 libtorch or device missing, 130 interrupted.
        """)
    {
        RunCommand.Create(terminal),
        ResumeCommand.Create(terminal),
        ReplayCommand.Create(terminal),
        FlowCommand.Create(terminal),
        DiagnoseCommand.Create(terminal),
        AdviseCommand.Create(terminal),
        SweepCommand.Create(terminal),
        PlotCommand.Create(terminal),
        CompareCommand.Create(terminal),
        SpectrumCommand.Create(terminal),
        ArticleCommand.Create(terminal),
        PlaygroundCommand.Create(terminal),
        CheckCommand.Create(terminal),
        WeightsCommand.Create(terminal),
        ExportCommand.Create(terminal),
        BenchCommand.Create(terminal),
        DoctorCommand.Create(terminal),
        SchemaCommand.Create(terminal),
    };

    /// <summary>Runs one command line and returns its exit code.</summary>
    public static int Run(string[] arguments, Terminal terminal)
    {
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Results,
            Error = terminal.Diagnostics,
            EnableDefaultExceptionHandler = false,
            // After Ctrl-C the run still writes its summary and figures.
            ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
        };
        try
        {
            var parsed = Create(terminal).Parse(arguments);
            if (parsed.Action is not HelpAction && WrongValue.In(parsed) is { } sentence)
            {
                terminal.Diagnostics.WriteLine(sentence);
                return ExitCode.BadInput;
            }

            return parsed.Invoke(configuration);
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            terminal.Diagnostics.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
        catch (NativeTorchException e)
        {
            terminal.Diagnostics.WriteLine(e.Message);
            return ExitCode.Environment;
        }
        catch (Exception e)
        {
            terminal.Diagnostics.WriteLine(
                $"internal error, please report it with this command line: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} "
                    + $"({e.StackTrace?.Split('\n')[0].Trim()})");
            return ExitCode.Environment;
        }
    }
}
