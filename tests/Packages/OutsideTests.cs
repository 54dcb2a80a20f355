namespace LossSpikes.Tests.Packages;

/// <summary>Programs in other folders that reference the project of the monitors: libtorch is loaded before they call anything of ours.</summary>
public sealed class OutsideTests
{
    private const string Program = """
        using LossSpikes.Monitors.Native;
        using static TorchSharp.torch;

        Console.WriteLine($"sum {ones(3).sum().item<float>()}");
        NativeTorch.EnsureLoaded();
        var maps = OperatingSystem.IsLinux() ? File.ReadAllLines("/proc/self/maps") : ["LibTorchSharp"];
        Console.WriteLine($"native halves {maps.Where(l => l.Contains("LibTorchSharp")).Select(l => l.Split(' ')[^1]).Distinct().Count()}");
        """;

    [Theory]
    [InlineData("")]
    [InlineData("<UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier><SelfContained>false</SelfContained>")]
    [Trait("Speed", "Slow")]
    public void A_project_in_another_folder_runs(string properties)
    {
        using var project = new OutsideProject(Program, properties);

        AssertRan(project.Run());
        Assert.False(Directory.Exists(Path.Combine(project.Output, "cpu")), "TorchSharp copied libtorch");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_program_of_one_file_in_another_folder_runs()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("outside.cs", $"""
            #:project {Repository.File("src/Monitors")}
            #:package TorchSharp-cpu@{OutsideProject.TorchSharpVersion}
            #:property CreateSymbolicLinksForCopyLocalIfPossible=true

            {Program}
            """);

        // No compiler or build process may stay behind and hold the output open.
        AssertRan(Child.Run(
            "dotnet", ["run", "-c", "Release", "--file", file], folder.Root,
            ("LOSSSPIKES_LIBTORCH", ""), ("UseSharedCompilation", "false"), ("MSBUILDDISABLENODEREUSE", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0")));
    }

    private static void AssertRan(Child run)
    {
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Equal(["sum 3", "native halves 1"], run.Output.TrimEnd().Split('\n'));
        Assert.Empty(run.Error);
    }
}
