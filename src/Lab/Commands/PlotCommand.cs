using System.CommandLine;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab plot DIR…</c>.</summary>
internal static class PlotCommand
{
    public static Command Create(Terminal terminal)
    {
        var folders = new Argument<string[]>("DIR") { Description = "Run folders.", Arity = ArgumentArity.OneOrMore };
        var format = new Option<FigureFormat>("--format") { Description = "png or svg.", HelpName = "png|svg", DefaultValueFactory = _ => FigureFormat.Png };
        var command = new Command("plot", "Draw the figures of finished runs again, and the report that holds them.") { folders, format };
        command.SetAction(parsed =>
        {
            foreach (var folder in parsed.GetValue(folders)!)
            {
                foreach (var path in RunReport.Write(RecordedRun.Open(folder), parsed.GetValue(format)).Paths)
                {
                    terminal.Results.WriteLine(path);
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
