using System.CommandLine;
using LossSpikes.Lab.Playground;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab playground</c>.</summary>
internal static class PlaygroundCommand
{
    private const string Experiments = "experiments", Runs = "runs";
    private const int DefaultPort = 8070, LastPort = 65535;

    public static Command Create(Terminal terminal)
    {
        var port = new Option<int>("--port")
        {
            Description = "The port on this machine; 0 for any that is free.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultPort,
        };
        var allowed = new Option<int[]>("--allow-port")
        {
            Description = "A port at which the browser asks instead: the near end of ssh -L N:127.0.0.1:PORT. May be repeated.",
            HelpName = "N",
            DefaultValueFactory = _ => [],
        };
        var open = new Option<bool>("--open") { Description = "Open the page in the browser." };
        var watch = new Option<string?>("--watch")
        {
            Description = "A run folder that another process fills: the page of live training follows it.",
            HelpName = "DIR",
        };
        var command = new Command(
            "playground", "The article with sliders, and live training, on a page in your browser; no internet is needed.") { port, allowed, open, watch };
        command.SetAction((parsed, stop) => Serve(
            Port("--port", parsed.GetValue(port), least: 0, "0, any that is free,"),
            [.. parsed.GetValue(allowed)!.Select(p => Port("--allow-port", p, least: 1, "1"))],
            parsed.GetValue(open),
            parsed.GetValue(watch),
            terminal,
            stop));
        return command;
    }

    private static int Port(string option, int number, int least, string first) => number >= least && number <= LastPort
        ? number
        : throw new InputException($"{option} {number}: a port is a number from {first} to {LastPort}");

    // A method of its own: no other command loads a web server.
    private static async Task<int> Serve(int port, int[] allowed, bool open, string? watch, Terminal terminal, CancellationToken stop)
    {
        FreeMemory.ShareHeaps();
        NativeTorch.EnsureLoaded();
        var shelf = ExperimentShelf.Read(Experiments);
        using var runs = new LiveRuns();
        if (watch is not null)
        {
            await runs.Open(watch);
        }

        await using var server = await Server.StartAsync(port, allowed, new LiveEndpoints(runs, shelf, new RunLibrary(Runs)), terminal.Diagnostics, stop);
        terminal.Results.WriteLine(server.Entrance);
        terminal.Diagnostics.WriteLine("Ctrl-C ends it");
        if (open)
        {
            Browser.Open(server.Entrance, terminal.Diagnostics);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Done;
    }
}
