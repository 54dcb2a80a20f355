namespace LossSpikes.BrowserTests;

/// <summary>The browser of this machine; nothing is downloaded.</summary>
internal static class Chromium
{
    // The one without windows first: it is the smallest and the fastest.
    private static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    /// <summary>The path of the browser; the test is skipped if there is none.</summary>
    public static string Find()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = Names.SelectMany(_ => paths, (name, path) => Path.Combine(path, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"no Chromium on the PATH (looked for {string.Join(", ", Names)}); on Debian: apt-get install chromium-headless-shell");
        return found!;
    }
}
