using System.Diagnostics;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary><c>lab playground</c> as a person starts it, in a folder of its own with the lab's experiments, and a browser.</summary>
internal sealed class RunningLab : IAsyncDisposable
{
    private readonly Process _process;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private RunningLab(string folder, Process process, Uri address, IPlaywright playwright, IBrowser browser) =>
        (Folder, _process, Address, _playwright, _browser) = (folder, process, address, playwright, browser);

    /// <summary>Where it works.</summary>
    public string Folder { get; }

    /// <summary>Where its pages are.</summary>
    public Uri Address { get; }

    /// <summary>Starts both.</summary>
    public static async Task<RunningLab> Start()
    {
        var chromium = Chromium.Find();
        var folder = Directory.CreateTempSubdirectory("lossspikes-browser-").FullName;
        var experiments = Directory.CreateDirectory(Path.Combine(folder, "experiments")).FullName;
        foreach (var file in Directory.EnumerateFiles(Repository("experiments"), "*.yaml"))
        {
            File.Copy(file, Path.Combine(experiments, Path.GetFileName(file)));
        }

        // Beside this program lies that of the lab, built in the same way.
        var lab = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Lab", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "lab.dll"));
        var process = Process.Start(new ProcessStartInfo("dotnet", [lab, "playground", "--port", "0"]) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("lab playground printed no address");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        return new RunningLab(folder, process, new Uri(address), playwright, browser);
    }

    /// <summary>A page in a window of its own; whatever it asks of other machines fails, and an error in its scripts fails the test.</summary>
    public async Task<IPage> Open(string path)
    {
        var page = await (await _browser.NewContextAsync()).NewPageAsync();
        page.PageError += (_, error) => Errors.Add(error);
        await page.RouteAsync("**/*", route =>
        {
            var ours = route.Request.Url.StartsWith(Address.ToString(), StringComparison.Ordinal) || route.Request.Url.StartsWith("blob:", StringComparison.Ordinal);
            if (!ours)
            {
                Errors.Add(route.Request.Url);
            }

            return ours ? route.ContinueAsync() : route.AbortAsync();
        });
        await page.GotoAsync(new Uri(Address, path).ToString());
        return page;
    }

    /// <summary>Errors of scripts, and requests that left this machine.</summary>
    public List<string> Errors { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Repository(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LossSpikes.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests must run from inside the repository.");
        }

        return Path.Combine(folder.FullName, path);
    }
}
