using System.CommandLine;
using LossSpikes.Lab.Playground;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab playground</c>.</summary>
internal static class PlaygroundCommand
{
    private const string Experiments = "experiments";
    private const int DefaultPort = 8070, LastPort = 65535;

    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port")
        {
            Description = "The port on this machine; 0 for any that is free.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultPort,
        };
        var open = new Option<bool>("--open") { Description = "Open the page in the browser." };
        var watch = new Option<string?>("--watch")
        {
            Description = "A run folder that another process fills: the page of live training follows it.",
            HelpName = "DIR",
        };
        var command = new Command(
            "playground", "The article with sliders, and live training, on a page in your browser; no internet is needed.") { port, open, watch };
        command.SetAction((parsed, stop) => parsed.GetValue(port) is >= 0 and <= LastPort and var number
            ? Serve(number, parsed.GetValue(open), parsed.GetValue(watch), terminal, stop)
            : throw new InputException($"--port {parsed.GetValue(port)}: a port is a number from 0, any that is free, to {LastPort}"));
        return command;
    }

    // A method of its own: no other command loads a web server.
    private static async Task<int> Serve(int port, bool open, string? watch, Terminal terminal, CancellationToken stop)
    {
        NativeTorch.EnsureLoaded();
        var shelf = ExperimentShelf.Read(Experiments);
        using var runs = new LiveRuns(shelf.Experiments);
        using var watched = watch is null ? null : WatchedRun.Open(watch);
        if (watched is not null)
        {
            runs.Add(watched.Trace);
        }

        await using var server = await Server.StartAsync(port, new LiveEndpoints(runs, shelf), terminal.Diagnostics, stop);
        terminal.Results.WriteLine(server.Address);
        terminal.Diagnostics.WriteLine("Ctrl-C ends it");
        if (open)
        {
            Browser.Open(server.Address, terminal.Diagnostics);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Done;
    }
}
