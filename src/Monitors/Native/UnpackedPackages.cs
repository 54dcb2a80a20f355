using System.Runtime.InteropServices;
using TorchSharp;

namespace LossSpikes.Monitors.Native;

/// <summary>
/// The native libraries in NuGet's folder of packages. Notebooks and scripts load assemblies from there, and nothing is copied next to a program.
/// </summary>
internal static class UnpackedPackages
{
    /// <summary>The folders, if TorchSharp's assembly lies in a folder of packages: PACKAGES/torchsharp/VERSION/lib/FRAMEWORK.</summary>
    /// <param name="libtorch">Whether that of TorchSharp-cpu's libtorch is wanted too.</param>
    public static IEnumerable<string> NativeFolders(bool libtorch)
    {
        var version = new FileInfo(typeof(torch).Assembly.Location).Directory?.Parent?.Parent;
        if (version?.Parent is not { Name: "torchsharp", Parent: { } packages })
        {
            return [];
        }

        var runtime = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        var libraries = new DirectoryInfo(Path.Combine(packages.FullName, $"libtorch-cpu-{runtime}"));
        return (libtorch && libraries.Exists ? libraries.EnumerateDirectories($"{LibtorchVersion.Wanted}.*") : [])
            .Prepend(version)
            .Select(package => Path.Combine(package.FullName, "runtimes", runtime, "native"));
    }
}
