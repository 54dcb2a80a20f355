using System.Xml.Linq;

namespace LossSpikes.Tests.Packages;

/// <summary>Programs in other folders that reference the project of the monitors: libtorch is loaded before they call anything of ours.</summary>
public sealed class OutsideTests : IDisposable
{
    private const string Program = """
        using LossSpikes.Monitors.Native;
        using static TorchSharp.torch;

        Console.WriteLine($"sum {ones(3).sum().item<float>()}");
        NativeTorch.EnsureLoaded();
        var maps = OperatingSystem.IsLinux() ? File.ReadAllLines("/proc/self/maps") : ["LibTorchSharp"];
        Console.WriteLine($"native halves {maps.Where(l => l.Contains("LibTorchSharp")).Select(l => l.Split(' ')[^1]).Distinct().Count()}");
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("<UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier><SelfContained>false</SelfContained>")]
    [Trait("Speed", "Slow")]
    public void A_project_in_another_folder_runs(string properties)
    {
        _folder.Write("Program.cs", Program);
        var project = _folder.Write("Outside.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{Repository.File("src/Monitors/Monitors.csproj")}" />
                <PackageReference Include="TorchSharp-cpu" Version="{TorchSharpVersion}" />
              </ItemGroup>
            </Project>
            """);

        Succeeded(Child.Build(["build", project, "-c", "Release", "-o", _folder["out"]], _folder.Root));

        AssertRan(Child.Run("dotnet", [_folder["out/Outside.dll"]], _folder.Root, ("LOSSSPIKES_LIBTORCH", "")));
        Assert.False(Directory.Exists(_folder["out/cpu"]), "TorchSharp copied libtorch");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_program_of_one_file_in_another_folder_runs()
    {
        var file = _folder.Write("outside.cs", $"""
            #:project {Repository.File("src/Monitors")}
            #:package TorchSharp-cpu@{TorchSharpVersion}
            #:property CreateSymbolicLinksForCopyLocalIfPossible=true

            {Program}
            """);

        // No compiler or build process may stay behind and hold the output open.
        AssertRan(Child.Run(
            "dotnet", ["run", "-c", "Release", "--file", file], _folder.Root,
            ("LOSSSPIKES_LIBTORCH", ""), ("UseSharedCompilation", "false"), ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0")));
    }

    private static string TorchSharpVersion => XDocument.Load(Repository.File("Directory.Packages.props")).Descendants("PackageVersion")
        .Single(p => p.Attribute("Include")!.Value == "TorchSharp-cpu").Attribute("Version")!.Value;

    private static void AssertRan(Child run)
    {
        Succeeded(run);
        Assert.Equal(["sum 3", "native halves 1"], run.Output.TrimEnd().Split('\n'));
        Assert.Empty(run.Error);
    }

    private static void Succeeded(Child child) => Assert.True(child.ExitCode == 0, child.Output + child.Error);
}
