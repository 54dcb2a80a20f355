using System.Diagnostics;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground;

/// <summary>Ctrl-C in the terminal of <c>lab playground</c>, here a separate process.</summary>
public sealed class InterruptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task An_interrupt_ends_the_playground_cleanly_and_its_run_can_be_resumed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no process can send Ctrl-C to one alone there");
        Assert.SkipWhen(Interrupts.Ignored, "the tests were started with interrupts ignored");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        Directory.CreateDirectory(_folder["experiments"]);
        _folder.Write("experiments/small.yaml", SmallExperiment.Yaml.Replace("steps: 150", "steps: 100000", StringComparison.Ordinal));
        using var lab = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "lab.dll"), "playground", "--port", "0"])
        {
            WorkingDirectory = _folder.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri((await lab.StandardOutput.ReadLineAsync(patience.Token))!) };
            Assert.Contains("<h1>Loss spikes</h1>", await client.GetStringAsync("", patience.Token), StringComparison.Ordinal); // and a cookie for the token
            Assert.True((await client.PostAsync("api/live/runs?experiment=small", null, patience.Token)).IsSuccessStatusCode);
            using var stream = await client.GetStreamAsync("api/live/stream", patience.Token); // an open page does not keep it from ending
            while (Rows() < 10)
            {
                await Task.Delay(20, patience.Token);
            }

            using var signal = Process.Start("kill", ["-INT", $"{lab.Id}"]);
            await lab.WaitForExitAsync(patience.Token);
            Assert.Equal(0, lab.ExitCode);
            Assert.Equal("Ctrl-C ends it\n", await lab.StandardError.ReadToEndAsync(patience.Token));
        }
        finally
        {
            lab.Kill();
        }

        var rows = Rows();
        Assert.Equal(0, LabResult.Run("resume", _folder["runs/small"], "--steps", $"{rows + 10}").ExitCode);
        Assert.Equal(1 + rows + 10 + 1, File.ReadAllLines(_folder["runs/small/metrics.csv"]).Length); // the header, and the row after the last step
    }

    private int Rows() => File.Exists(_folder["runs/small/metrics.csv"]) ? File.ReadAllLines(_folder["runs/small/metrics.csv"]).Length - 1 : 0;
}
