using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;

namespace LossSpikes.Tests.Packages;

/// <summary>The packages as their users get them: packed, restored into a project outside this repository, run.</summary>
public sealed class PackageTests : IDisposable
{
    private const string Monitors = "LossSpikes.Monitors", TensorFiles = "LossSpikes.TensorFiles";

    private static readonly string[] Projects = [@"src\Monitors\Monitors.csproj", @"src\TensorFiles\TensorFiles.csproj"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_fresh_program_restores_the_packages_finds_its_spike_and_saves_its_weights()
    {
        Pack();
        AssertComplete(Monitors, "TorchSharp", "buildTransitive/LossSpikes.Monitors.targets", "buildTransitive/NativeTorchInitializer.cs");
        AssertComplete(TensorFiles, "System.IO.Hashing TorchSharp");
        var program = Consumer();

        var build = Child.Build(["build", program, "-c", "Release", "-o", _folder["program/out"]], _folder["program"]);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
        Assert.Contains("0 Warning(s)", build.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["lossspikes.monitors", "lossspikes.tensorfiles"],
            Directory.GetDirectories(_folder["packages"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var run = Child.Run("dotnet", [_folder["program/out/Loop.dll"]], _folder["program"], ("LOSSSPIKES_LIBTORCH", ""));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"step 1\d\d\d: spike 1 \(steps 1\d\d\d–1\d\d\d, recovered\)", run.Output);
        Assert.EndsWith("loaded 0.weight 0.bias 2.weight 2.bias\n", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    /// <summary>Packs both in one build with separate outputs, since those of the tests are in use.</summary>
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
        Assert.All(["README.md", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", .. more], file => Assert.NotNull(package.GetEntry(file)));

        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var about = XDocument.Load(stream).Descendants().ToLookup(e => e.Name.LocalName);
        Assert.Equal("MIT", Assert.Single(about["license"]).Value);
        Assert.Equal("README.md", Assert.Single(about["readme"]).Value);
        Assert.Equal(dependencies, string.Join(' ', about["dependency"].Select(d => d.Attribute("id")!.Value)));

        using var symbols = ZipFile.OpenRead(PackageFile(id, "snupkg"));
        Assert.NotNull(symbols.GetEntry($"lib/net10.0/{id}.pdb"));
    }

    private string PackageFile(string id, string ending) => Assert.Single(Directory.GetFiles(_folder["feed"], $"{id}.*.{ending}"));

    /// <summary>
    /// The program of experiments/custom-loop.cs in a project of its own; at its end it saves its weights and loads them. The packages
    /// go into a packages folder of its own, so that none of an earlier test is found; everything else is read where this machine
    /// keeps it, and linked, not copied.
    /// </summary>
    private string Consumer()
    {
        const string Label = "global-packages: ";
        var list = Child.Run("dotnet", ["nuget", "locals", "global-packages", "--list"], environment: ("DOTNET_CLI_UI_LANGUAGE", "en"));
        var kept = list.Output.Trim()[Label.Length..];
        var versions = XDocument.Load(Repository.File("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(p => p.Attribute("Include")!.Value, p => p.Attribute("Version")!.Value);
        Directory.CreateDirectory(_folder["program"]);
        var loop = File.ReadAllLines(Repository.File("experiments/custom-loop.cs"));
        Assert.Equal(3, loop.Count(l => l.Contains("★ */", StringComparison.Ordinal)));
        File.WriteAllLines(_folder["program/Program.cs"],
        [
            "using LossSpikes.TensorFiles.PyTorch;",
            .. loop.Where(l => !l.StartsWith("#:", StringComparison.Ordinal)),
            "model.SaveWeights(\"weights.safetensors\");",
            "Console.Write($\"loaded {string.Join(' ', model.LoadWeights(\"weights.safetensors\"))}\\n\");",
        ]);
        return _folder.Write("program/Loop.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <RestoreAdditionalProjectSources>{_folder["feed"]}</RestoreAdditionalProjectSources>
                <RestorePackagesPath>{_folder["packages"]}</RestorePackagesPath>
                <RestoreFallbackFolders>{kept}</RestoreFallbackFolders>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{Monitors}" Version="[{Version(Monitors)}]" />
                <PackageReference Include="{TensorFiles}" Version="[{Version(TensorFiles)}]" />
                <PackageReference Include="TorchSharp-cpu" Version="{versions["TorchSharp-cpu"]}" />
              </ItemGroup>
            </Project>
            """);
    }

    private string Version(string id) => Path.GetFileNameWithoutExtension(PackageFile(id, "nupkg"))[(id.Length + 1)..];
}
