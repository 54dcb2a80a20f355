namespace LossSpikes.Tests.Backends;

/// <summary>The lab built with <c>-p:TorchBackend=none</c>, once for all tests that need it: half a minute, or seconds if nothing changed.</summary>
public sealed class BuildWithoutLibtorch
{
    private readonly string _lab;

    public BuildWithoutLibtorch()
    {
        var build = Child.Build(["build", Repository.File("src/Lab"), "-c", "Release", "-p:TorchBackend=none", "-p:RunAnalyzers=false"]);
        Assert.True(build.ExitCode == 0, build.Output + build.Error);
        _lab = Repository.File("artifacts/none/bin/Lab/release/lab.dll");
    }

    /// <summary>The folder of this build.</summary>
    public string Folder => Path.GetDirectoryName(_lab)!;

    /// <summary>Runs this lab.</summary>
    /// <param name="libtorch">The value of LOSSSPIKES_LIBTORCH; empty for none.</param>
    /// <param name="arguments">The command line.</param>
    internal Child Run(string libtorch, params string[] arguments) => Child.Run("dotnet", [_lab, .. arguments], environment: ("LOSSSPIKES_LIBTORCH", libtorch));
}
