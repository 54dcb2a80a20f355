using System.Diagnostics;

namespace LossSpikes.Tests.Commands;

/// <summary>The lab in a process of its own that goes on while the test does; it is killed at the end of the test, if not before.</summary>
internal sealed class BackgroundLab : IDisposable
{
    /// <summary>The program that this process starts as another one.</summary>
    public static readonly string Program = Path.Combine(AppContext.BaseDirectory, "lab.dll");

    private readonly Process _process;
    private readonly Task<string> _output, _error;

    public BackgroundLab(params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        (_output, _error) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>The number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Waits until a run folder has a checkpoint and a few rows.</summary>
    public void ReachRows(string run, int rows)
    {
        var metrics = Path.Combine(run, "metrics.csv");
        while (!File.Exists(metrics) || File.ReadLines(metrics).Count() <= rows)
        {
            Assert.False(_process.HasExited, _process.HasExited ? _error.Result : "");
            Thread.Sleep(10);
        }
    }

    /// <summary>Waits for its end.</summary>
    public Child End()
    {
        Assert.True(_process.WaitForExit(TimeSpan.FromMinutes(5)), "lab does not end");
        return new Child(_process.ExitCode, _output.Result, _error.Result);
    }

    /// <summary>Ends it at once, by SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
