using System.Diagnostics;

namespace LossSpikes.Lab.Sweeps;

/// <summary>A command line of this program in a process of its own, so that runs go side by side and a crash takes none with it.</summary>
internal static class LabProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>The exit code and the last line it wrote to standard error.</returns>
    public static async Task<(int ExitCode, string LastWords)> Run(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var process = Process.Start(new ProcessStartInfo(host, [typeof(LabProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var lastWords = "";
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => lastWords = string.IsNullOrWhiteSpace(e.Data) ? lastWords : e.Data;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C reaches the whole group of processes: each ends by itself, with its checkpoint written.
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return (process.ExitCode, lastWords);
    }
}
