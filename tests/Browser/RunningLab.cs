using System.Diagnostics;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>
/// <c>lab playground</c> as a person starts it, in a folder of its own with the lab's experiments, and a browser. Both begin with
/// the first page, so that a test is skipped where there is no browser.
/// </summary>
public sealed class RunningLab : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("lossspikes-browser-").FullName;
    private Process? _process;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The working folder of the lab.</summary>
    public string Folder => _folder;

    /// <summary>The address that it printed, with its token.</summary>
    public Uri Entrance { get; private set; } = null!;

    /// <summary>The address of its pages.</summary>
    public Uri Address => new(Entrance, "/");

    /// <summary>Errors of scripts, and requests that left this machine.</summary>
    public List<string> Errors { get; } = [];

    private async Task Start()
    {
        var chromium = Chromium.Find();
        var experiments = Directory.CreateDirectory(Path.Combine(Folder, "experiments")).FullName;
        foreach (var file in Directory.EnumerateFiles(Repository("experiments"), "*.yaml"))
        {
            File.Copy(file, Path.Combine(experiments, Path.GetFileName(file)));
        }

        await StartLab(port: 0);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
    }

    // The lab's program lies next to this one, built in the same way.
    private static string Program => Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../Lab", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "lab.dll"));

    private async Task StartLab(int port)
    {
        _process = Process.Start(
            new ProcessStartInfo("dotnet", [Program, "playground", "--port", $"{port}"]) { WorkingDirectory = Folder, RedirectStandardOutput = true })!;
        var address = await _process.StandardOutput.ReadLineAsync().WaitAsync(StartTime);
        Entrance = new Uri(address ?? throw new InvalidOperationException("lab playground printed no address"));
    }

    /// <summary>Kills the lab.</summary>
    public async Task Kill()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts it again at the same port, with a new token.</summary>
    public Task Restart() => StartLab(Entrance.Port);

    /// <summary>A page in its own window. Requests to other machines fail, and errors in its scripts fail the test.</summary>
    /// <param name="path">The path of the page.</param>
    /// <param name="stop">Closes it, so that a test that waits for it fails.</param>
    /// <param name="window">Its size and colours.</param>
    public async Task<IPage> Open(string path, CancellationToken stop, BrowserNewContextOptions? window = null)
    {
        if (_browser is null)
        {
            await Start();
        }

        var context = await _browser!.NewContextAsync(window);
        stop.Register(() => _ = context.CloseAsync());
        await context.APIRequest.GetAsync(Entrance.ToString()); // from now on the window has the cookie
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => Errors.Add(error);
        await page.RouteAsync("**/*", route =>
        {
            var ours = route.Request.Url.StartsWith(Address.ToString(), StringComparison.Ordinal)
                || route.Request.Url.StartsWith("blob:", StringComparison.Ordinal);
            if (!ours)
            {
                Errors.Add(route.Request.Url);
            }

            return ours ? route.ContinueAsync() : route.AbortAsync();
        });
        await page.GotoAsync(new Uri(Address, path).ToString());
        return page;
    }

    /// <summary>Keeps a picture of a page, where PLAYGROUND_SCREENSHOTS names a folder.</summary>
    public static async Task Keep(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PLAYGROUND_SCREENSHOTS") is { } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The full path of a file of the repository.</summary>
    /// <param name="path">The path, relative to the repository.</param>
    public static string Repository(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "LossSpikes.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests must run from inside the repository.");
        }

        return Path.Combine(folder.FullName, path);
    }
}
