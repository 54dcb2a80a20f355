using System.Diagnostics;

namespace LossSpikes.Tests;

/// <summary>A finished child process: its exit code and its output.</summary>
internal sealed record Child(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program to its end, ten minutes at most.</summary>
    /// <param name="program">Its file, or its name on the path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Its working folder; this process's by default.</param>
    /// <param name="environment">Variables it has in addition to those of this process.</param>
    public static Child Run(string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        using var process = Start(program, arguments, folder, environment);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(10)), $"{program} does not end");
        return new Child(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Starts a program whose input and output the caller writes and reads; the parameters are those of <see cref="Run"/>.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Under dotnet test these variables point to internals of the SDK, and make the child part of the build that runs the tests.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Whether a program is on the path.</summary>
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs <c>dotnet</c>, leaving no compiler or build process behind that would hold its output open.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Its working folder; this process's by default.</param>
    public static Child Build(IEnumerable<string> arguments, string? folder = null) =>
        Run("dotnet", [.. arguments, "-nodeReuse:false", "-p:UseSharedCompilation=false"], folder, ("DOTNET_CLI_UI_LANGUAGE", "en"), ("DOTNET_NOLOGO", "1"));
}
