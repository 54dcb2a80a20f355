namespace LossSpikes.Monitors.Native;

/// <summary>
/// A libtorch of the user's own, say that of a Python installation, for programs that bring none along. Linux only.
/// </summary>
internal static class OwnLibtorch
{
    /// <summary>The environment variable that names its folder: that of the libraries, or the one above.</summary>
    public const string Variable = "LOSSSPIKES_LIBTORCH";

    /// <summary>The library by which a folder is known to hold one.</summary>
    public const string Library = "libtorch_cpu.so";

    /// <summary>The folder of the libraries; null where none is named.</summary>
    /// <exception cref="NativeTorchException">There is no libtorch, or one that TorchSharp does not work with.</exception>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } named)
        {
            return null;
        }

        if (!Directory.Exists(named))
        {
            throw new NativeTorchException($"{Variable} is {named}, and there is no such folder");
        }

        var folder = new[] { named, Path.Combine(named, "lib") }.FirstOrDefault(f => File.Exists(Path.Combine(f, Library)))
            ?? throw new NativeTorchException(
                $"{Variable} is {named}, and neither this folder nor its lib has a {Library}; in a Python installation it is the folder torch/lib");
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RequireFit(folder, LibtorchVersion.Written(folder) ?? LibtorchVersion.Wanted);
        return folder;
    }

    /// <summary>Refuses a version that TorchSharp was not made for.</summary>
    /// <param name="folder">Where the libtorch is.</param>
    /// <param name="version">The version it reports; null where it reports none.</param>
    /// <exception cref="NativeTorchException">It does not fit.</exception>
    public static void RequireFit(string folder, string? version)
    {
        if (version is null || !LibtorchVersion.Fits(version))
        {
            throw new NativeTorchException(
                $"{Variable} holds libtorch {version ?? "of a version before 2.10 that does not say which"} ({folder}), and TorchSharp needs "
                + $"{LibtorchVersion.Wanted}: name one of that version (for Python: pip install torch=={LibtorchVersion.Wanted}.0)");
        }
    }
}
