using System.IO.Compression;
using System.Xml.Linq;

namespace LossSpikes.Tests.Packages;

/// <summary>LossSpikes.Monitors as its users get it: packed, restored into a project outside this repository, run.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_package_restores_into_a_fresh_program_whose_own_loop_sees_its_spike()
    {
        Pack();
        AssertComplete();
        var program = Consumer();

        var build = Child.Build(["build", program, "-c", "Release", "-o", _folder["program/out"]], _folder["program"]);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
        Assert.Contains("0 Warning(s)", build.Output, StringComparison.Ordinal);
        Assert.Equal("lossspikes.monitors", Path.GetFileName(Assert.Single(Directory.GetDirectories(_folder["packages"]))));

        var run = Child.Run("dotnet", [_folder["program/out/Loop.dll"]], environment: ("LOSSSPIKES_LIBTORCH", ""));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"step 1\d\d\d: spike 1 \(steps 1\d\d\d–1\d\d\d, recovered\)", run.Output);
        Assert.Empty(run.Error);
    }

    /// <summary>With outputs of its own: those of the tests are in use.</summary>
    private void Pack()
    {
        var pack = Child.Build(["pack", Repository.File("src/Monitors"), "-c", "Release", "-o", _folder["feed"], $"-p:ArtifactsPath={Repository.File("artifacts/package")}", "-p:RunAnalyzers=false"]);
        Assert.True(pack.ExitCode == 0, pack.Output + pack.Error);
        Assert.DoesNotContain("missing a readme", pack.Output, StringComparison.Ordinal);
    }

    private void AssertComplete()
    {
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(_folder["feed"], "*.nupkg")));
        string[] files = ["README.md", "lib/net10.0/LossSpikes.Monitors.dll", "lib/net10.0/LossSpikes.Monitors.xml", "buildTransitive/LossSpikes.Monitors.targets", "buildTransitive/NativeTorchInitializer.cs"];
        Assert.All(files, file => Assert.NotNull(package.GetEntry(file)));

        using var stream = package.GetEntry("LossSpikes.Monitors.nuspec")!.Open();
        var about = XDocument.Load(stream).Descendants().ToLookup(e => e.Name.LocalName);
        Assert.Equal("MIT", Assert.Single(about["license"]).Value);
        Assert.Equal("README.md", Assert.Single(about["readme"]).Value);
        Assert.Equal("TorchSharp", Assert.Single(about["dependency"]).Attribute("id")!.Value);

        using var symbols = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(_folder["feed"], "*.snupkg")));
        Assert.NotNull(symbols.GetEntry("lib/net10.0/LossSpikes.Monitors.pdb"));
    }

    /// <summary>
    /// The program of experiments/custom-loop.cs in a project of its own. The package goes into a packages folder of its own, so
    /// that none of an earlier test is found; everything else is read where this machine keeps it, and linked, not copied.
    /// </summary>
    private string Consumer()
    {
        const string Label = "global-packages: ";
        var kept = Child.Run("dotnet", ["nuget", "locals", "global-packages", "--list"], environment: ("DOTNET_CLI_UI_LANGUAGE", "en")).Output.Trim()[Label.Length..];
        var version = Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(_folder["feed"], "*.nupkg")))["LossSpikes.Monitors.".Length..];
        var versions = XDocument.Load(Repository.File("Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(p => p.Attribute("Include")!.Value, p => p.Attribute("Version")!.Value);
        Directory.CreateDirectory(_folder["program"]);
        var loop = File.ReadAllLines(Repository.File("experiments/custom-loop.cs"));
        Assert.Equal(3, loop.Count(l => l.Contains("★ */", StringComparison.Ordinal)));
        File.WriteAllLines(_folder["program/Program.cs"], loop.Where(l => !l.StartsWith("#:", StringComparison.Ordinal)));
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
                <PackageReference Include="LossSpikes.Monitors" Version="[{version}]" />
                <PackageReference Include="TorchSharp-cpu" Version="{versions["TorchSharp-cpu"]}" />
              </ItemGroup>
            </Project>
            """);
    }
}
