using CliWrap;
using CliWrap.Buffered;

namespace LossSpikes.Site;

/// <summary>The lab that was built together with this program.</summary>
internal sealed class LabProgram(Checkout checkout)
{
    /// <summary>artifacts/BACKEND/bin/Lab/CONFIGURATION, next to artifacts/BACKEND/bin/Site/CONFIGURATION.</summary>
    private readonly string _folder = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "Lab", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));

    /// <summary>What a command prints.</summary>
    public async Task<string> PrintAsync(params string[] arguments) => (await Command(arguments).ExecuteBufferedAsync()).StandardOutput;

    /// <summary>Runs a command; its progress is left out.</summary>
    public async Task RunAsync(params string[] arguments) => await Command(arguments).ExecuteBufferedAsync();

    /// <summary>Copies the assemblies whose API the site describes, with their comments and what they refer to.</summary>
    public void CopyApi(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(_folder, "*.dll").Concat(Directory.EnumerateFiles(_folder, "LossSpikes.*.xml")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }

    private Command Command(string[] arguments) =>
        Cli.Wrap("dotnet").WithArguments([Path.Combine(_folder, "lab.dll"), .. arguments]).WithWorkingDirectory(checkout.Root);
}
