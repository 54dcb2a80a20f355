using System.Xml.Linq;

namespace LossSpikes.Tests.Packages;

/// <summary>A program in a folder of its own, outside this repository, that references the project of the monitors.</summary>
internal sealed class OutsideProject : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The version of TorchSharp-cpu that this repository uses.</summary>
    public static string TorchSharpVersion => XDocument.Load(Repository.File("Directory.Packages.props")).Descendants("PackageVersion")
        .Single(p => p.Attribute("Include")!.Value == "TorchSharp-cpu").Attribute("Version")!.Value;

    /// <summary>Writes and builds it. libtorch is linked into its output, not copied.</summary>
    /// <param name="program">Program.cs.</param>
    /// <param name="properties">Further properties of the project.</param>
    public OutsideProject(string program, string properties = "")
    {
        _folder.Write("Program.cs", program);
        var project = _folder.Write("Outside.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{Repository.File("src/Monitors/Monitors.csproj")}" />
                <PackageReference Include="TorchSharp-cpu" Version="{TorchSharpVersion}" />
              </ItemGroup>
            </Project>
            """);
        var build = Child.Build(["build", project, "-c", "Release", "-o", Output], _folder.Root);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
    }

    /// <summary>The folder with the built program.</summary>
    public string Output => _folder["out"];

    /// <summary>Runs it.</summary>
    public Child Run(params string[] arguments) =>
        Child.Run("dotnet", [Path.Combine(Output, "Outside.dll"), .. arguments], _folder.Root, ("LOSSSPIKES_LIBTORCH", ""));

    public void Dispose() => _folder.Dispose();
}
