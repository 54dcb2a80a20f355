using Spectre.Console;

namespace LossSpikes.Lab.Views;

/// <summary>Where a command writes: results to one stream, progress and diagnostics to the other.</summary>
internal sealed class Terminal
{
    /// <summary>Creates a terminal that writes to the given streams.</summary>
    /// <param name="results">Standard output.</param>
    /// <param name="diagnostics">Standard error.</param>
    /// <param name="interactive">Whether a person watches <paramref name="diagnostics"/> on a screen that can be redrawn.</param>
    public Terminal(TextWriter results, TextWriter diagnostics, bool interactive)
    {
        (Results, Diagnostics) = (results, diagnostics);
        ResultsConsole = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(results) });
        DiagnosticsConsole = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(diagnostics) });
        Interactive = interactive && DiagnosticsConsole.Profile.Capabilities.Ansi;
    }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsErrorRedirected);

    public TextWriter Results { get; }

    public TextWriter Diagnostics { get; }

    public IAnsiConsole ResultsConsole { get; }

    public IAnsiConsole DiagnosticsConsole { get; }

    public bool Interactive { get; }
}
