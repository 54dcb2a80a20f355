using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;

namespace LossSpikes.Tests.Packages;

/// <summary>The packages as their users get them: packed, restored into a project outside this repository, run.</summary>
public sealed class PackageTests : IDisposable
{
    private const string Monitors = "LossSpikes.Monitors", TensorFiles = "LossSpikes.TensorFiles", Templates = "LossSpikes.Templates";

    private static readonly string[] Projects =
        [@"src\Monitors\Monitors.csproj", @"src\TensorFiles\TensorFiles.csproj", @"src\Templates\Templates.csproj"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_program_of_the_template_restores_the_packages_finds_its_spike_and_saves_and_loads_its_weights()
    {
        Pack();
        AssertComplete(Monitors, "TorchSharp", "buildTransitive/LossSpikes.Monitors.targets", "buildTransitive/NativeTorchInitializer.cs");
        AssertComplete(TensorFiles, "System.IO.Hashing TorchSharp");
        AssertDescribed(Templates);
        var program = _folder["Fresh"];
        New("install", PackageFile(Templates, "nupkg"));
        New("lossspikes", "-o", program);

        var build = Child.Build(["build", "-c", "Release", "-o", _folder["Fresh/out"], .. Sources()], program);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
        Assert.Contains("0 Warning(s)", build.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["lossspikes.monitors", "lossspikes.tensorfiles"],
            Directory.GetDirectories(_folder["packages"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var first = Run(program);
        Assert.Matches(@"step 1\d\d\d: spike 1 \(steps 1\d\d\d–1\d\d\d, recovered\)", first);
        Assert.True(File.Exists(_folder["Fresh/after-spike-1.pt"]));
        var second = Run(program, "model.pt");
        Assert.StartsWith("loaded 0.weight, 0.bias, 2.weight, 2.bias from model.pt\n", second, StringComparison.Ordinal);
        Assert.NotEqual(first.Split('\n')[0], second.Split('\n')[1]); // it goes on where the first run ended
    }

    /// <summary>Packs all in one build with separate outputs, since those of the tests are in use.</summary>
    private void Pack()
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

    private void AssertComplete(string id, string dependencies, params string[] more)
    {
        using var package = ZipFile.OpenRead(PackageFile(id, "nupkg"));
        Assert.All([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", .. more], file => Assert.NotNull(package.GetEntry(file)));
        Assert.Equal(dependencies, string.Join(' ', AssertDescribed(id)["dependency"].Select(d => d.Attribute("id")!.Value)));

        using var symbols = ZipFile.OpenRead(PackageFile(id, "snupkg"));
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{id}.pdb"));
    }

    /// <summary>A package has its README, its licence and the one version.</summary>
    private ILookup<string, XElement> AssertDescribed(string id)
    {
        using var package = ZipFile.OpenRead(PackageFile(id, "nupkg"));
        Assert.NotNull(package.GetEntry("README.md"));
        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var about = XDocument.Load(stream).Descendants().ToLookup(e => e.Name.LocalName);
        Assert.Equal("MIT", Assert.Single(about["license"]).Value);
        Assert.Equal("README.md", Assert.Single(about["readme"]).Value);
        Assert.Equal(VersionTests.Version, Assert.Single(about["version"]).Value);
        return about;
    }

    private string PackageFile(string id, string ending) => Assert.Single(Directory.GetFiles(_folder["feed"], $"{id}.*.{ending}"));

    /// <summary>Runs <c>dotnet new</c> with settings of its own, so that the templates of this machine stay as they are.</summary>
    private void New(params string[] arguments)
    {
        var made = Child.Run("dotnet", ["new", .. arguments, "--debug:custom-hive", _folder["hive"]], _folder.Root);
        Assert.True(made.ExitCode == 0, made.Output + made.Error);
    }

    /// <summary>
    /// The local feed in addition to the usual ones. The packages go into a packages folder of its own, so that none of an earlier test is found;
    /// everything else is read where this machine keeps it, and linked, not copied.
    /// </summary>
    private string[] Sources()
    {
        const string Label = "global-packages: ";
        var list = Child.Run("dotnet", ["nuget", "locals", "global-packages", "--list"], environment: ("DOTNET_CLI_UI_LANGUAGE", "en"));
        return
        [
            $"-p:RestoreAdditionalProjectSources={_folder["feed"]}",
            $"-p:RestorePackagesPath={_folder["packages"]}",
            $"-p:RestoreFallbackFolders={list.Output.Trim()[Label.Length..]}",
            "-p:CreateHardLinksForCopyLocalIfPossible=true",
            "-p:CreateSymbolicLinksForCopyLocalIfPossible=true",
        ];
    }

    private string Run(string folder, params string[] arguments)
    {
        var run = Child.Run("dotnet", [_folder["Fresh/out/Fresh.dll"], .. arguments], folder, ("LOSSSPIKES_LIBTORCH", ""));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Empty(run.Error);
        return run.Output;
    }
}
