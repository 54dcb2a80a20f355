using System.Text.Json;

namespace LossSpikes.Tests.Packages;

/// <summary>A folder with the packages of this repository, packed once for the tests that use it.</summary>
public sealed class PackageFeed : IDisposable
{
    private static readonly string[] Projects =
        [@"src\Monitors\Monitors.csproj", @"src\TensorFiles\TensorFiles.csproj", @"src\Templates\Templates.csproj"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>Packs all in one build with separate outputs, since those of the tests are in use.</summary>
    public PackageFeed()
    {
        var filter = new { solution = new { path = Repository.File("LossSpikes.sln"), projects = Projects } };
        var pack = Child.Build(
        [
            "pack", _folder.Write("packages.slnf", JsonSerializer.Serialize(filter)), "-c", "Release", "-o", _folder["feed"],
            $"-p:ArtifactsPath={Repository.File("artifacts/package")}", "-p:RunAnalyzers=false",
        ]);
        Assert.True(pack.ExitCode == 0, pack.Output + pack.Error);
        Assert.DoesNotContain("missing a readme", pack.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The file of a package.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="ending">nupkg or snupkg.</param>
    public string File(string id, string ending) => Assert.Single(Directory.GetFiles(_folder["feed"], $"{id}.*.{ending}"));

    /// <summary>
    /// Properties of a build that restores from this feed in addition to the usual ones. The packages go into a folder of their own, so that none
    /// of an earlier test is found; everything else is read where this machine keeps it.
    /// </summary>
    /// <param name="packages">The folder for the packages.</param>
    public (string Name, string Value)[] Sources(string packages)
    {
        const string Label = "global-packages: ";
        var list = Child.Run("dotnet", ["nuget", "locals", "global-packages", "--list"], environment: ("DOTNET_CLI_UI_LANGUAGE", "en"));
        return
        [
            ("RestoreAdditionalProjectSources", _folder["feed"]),
            ("RestorePackagesPath", packages),
            ("RestoreFallbackFolders", list.Output.Trim()[Label.Length..]),
        ];
    }
}
