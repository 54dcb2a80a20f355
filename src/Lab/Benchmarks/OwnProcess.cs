using System.Diagnostics;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>This program, started once more with other arguments.</summary>
/// <param name="Seconds">From its start to its end.</param>
/// <param name="PeakMegabytes">The most resident memory it was seen to have had.</param>
internal sealed record OwnProcess(double Seconds, double PeakMegabytes)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Starts it and waits for its end.</summary>
    /// <exception cref="InputException">It failed.</exception>
    public static OwnProcess Run(params IReadOnlyList<string> arguments)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Start(Environment.CurrentDirectory, arguments);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var peak = 0L;
        while (!process.WaitForExit(Pause))
        {
            peak = Math.Max(peak, Peak(process));
        }

        process.WaitForExit();
        return process.ExitCode == 0
            ? new OwnProcess(Stopwatch.GetElapsedTime(start).TotalSeconds, peak / 1e6)
            : throw new InputException($"`lab {string.Join(' ', arguments)}` failed with exit code {process.ExitCode}");
    }

    /// <summary>Starts it in a folder; its output is for the caller to read.</summary>
    public static Process Start(string folder, params IReadOnlyList<string> arguments)
    {
        var host = Environment.ProcessPath!;
        // Started as `dotnet lab.dll`, the process is dotnet and the program its first argument.
        var isDotnet = Path.GetFileNameWithoutExtension(host) == "dotnet";
        return Process.Start(new ProcessStartInfo(host, isDotnet ? [Path.GetFullPath(Environment.GetCommandLineArgs()[0]), .. arguments] : arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static long Peak(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it has just ended
        }
    }
}
