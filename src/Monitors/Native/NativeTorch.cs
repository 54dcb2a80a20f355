using System.Runtime.InteropServices;

namespace LossSpikes.Monitors.Native;

/// <summary>
/// Loads libtorch before TorchSharp looks for it. TorchSharp 0.107.0 is linked against a newer libstdc++ than Debian 12 and
/// Ubuntu 22.04 have, for the sake of one symbol version that nothing refers to; and where its own loading fails it copies
/// half a gigabyte into the output folder and then blames a missing package. Here the version is made optional in a private
/// copy of the 2.4 MB shim, and every failure keeps its reason.
/// </summary>
public static class NativeTorch
{
    private const string Shim = "libLibTorchSharp.so";

    private static readonly string[] LoadOrder = ["libc10.so", OwnLibtorch.Library, "libtorch_cuda.so", "libtorch.so"];

    private static readonly Lazy<NativeTorchReport> Loaded = new(Load);

    // An exception in an event handler would be lost, and TorchSharp's own message hides the reason.
    private static Action<string> Complain = Console.Error.WriteLine;

    /// <summary>Loads libtorch once and reports what was loaded from where; cheap when it is loaded already.</summary>
    /// <returns>What was loaded. On Windows and macOS nothing: TorchSharp loads libtorch by itself there.</returns>
    /// <exception cref="NativeTorchException">libtorch is missing or cannot be loaded; the message says how to fix it.</exception>
    public static NativeTorchReport EnsureLoaded() => Loaded.Value;

    /// <summary>
    /// Arranges that libtorch is loaded, by <see cref="EnsureLoaded"/>, at the moment TorchSharp comes into the process:
    /// neither before (start-up stays fast) nor after (too late). Programs that reference this library call it by
    /// themselves, from a module initializer that the package adds to them.
    /// </summary>
    /// <param name="complain">
    /// Who hears that it failed, instead of the standard error stream: for programs that call <see cref="EnsureLoaded"/>
    /// themselves, and hear of it there.
    /// </param>
    public static void LoadWithTorchSharp(Action<string>? complain = null)
    {
        Complain = complain ?? Complain;
        AppDomain.CurrentDomain.AssemblyLoad -= OnAssemblyLoad;
        AppDomain.CurrentDomain.AssemblyLoad += OnAssemblyLoad;
    }

    private static void OnAssemblyLoad(object? sender, AssemblyLoadEventArgs args)
    {
        if (args.LoadedAssembly.GetName().Name != "TorchSharp")
        {
            return;
        }

        try
        {
            EnsureLoaded();
        }
        catch (NativeTorchException e)
        {
            Complain(e.Message);
        }
    }

    private static NativeTorchReport Load()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new NativeTorchReport();
        }

        var own = OwnLibtorch.Find();
        var searched = SearchFolders().Concat(UnpackedPackages.NativeFolders(libtorch: own is null)).Distinct().ToList();
        var brought = searched.FirstOrDefault(f => File.Exists(Path.Combine(f, OwnLibtorch.Library)));
        if (own is not null && brought is not null)
        {
            // TorchSharp would load the second one over the first.
            throw new NativeTorchException(
                $"{OwnLibtorch.Variable} is {own}, but this program brings its own libtorch ({brought}): unset it, or build with -p:TorchBackend=none");
        }

        var folder = own ?? brought ?? throw new NativeTorchException(
            $"there is no libtorch in {AppContext.BaseDirectory}: build with -p:TorchBackend=cpu or cuda "
            + "(in a project of your own, reference TorchSharp-cpu or TorchSharp-cuda-linux), "
            + $"or set {OwnLibtorch.Variable} to the folder of a libtorch {LibtorchVersion.Wanted}, torch/lib in a Python installation");
        var shim = searched.Select(f => Path.Combine(f, Shim)).FirstOrDefault(File.Exists) ?? throw new NativeTorchException(
            $"{Shim}, the native half of TorchSharp, is not in {AppContext.BaseDirectory}: build for this system (-r {RuntimeInformation.RuntimeIdentifier})");

        // The copy of the shim lies elsewhere, so its dependencies must be in the process already, found by their names.
        string? version = null;
        foreach (var library in Dependencies(folder))
        {
            var handle = LoadOrExplain(library);
            if (Path.GetFileName(library) == OwnLibtorch.Library)
            {
                version = LibtorchVersion.Asked(handle);
                if (own is not null)
                {
                    OwnLibtorch.RequireFit(own, version);
                }
            }
        }

        Nnpack.Settle();
        var report = new NativeTorchReport { Folder = folder, Own = own is not null, Version = version };
        if (NativeLibrary.TryLoad(shim, out _))
        {
            return report with { Shim = shim, Libstdcxx = LoadedLibstdcxx() };
        }

        var copy = WeakenedShim.Find(shim, searched);
        LoadOrExplain(copy ?? shim);
        return report with { Shim = copy ?? shim, Libstdcxx = LoadedLibstdcxx(), Weakened = copy is not null };
    }

    private static IEnumerable<string> SearchFolders()
    {
        var probing = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (var folder in probing.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory))
        {
            yield return Path.TrimEndingDirectorySeparator(folder);
            yield return Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
            yield return Path.Combine(folder, "runtimes", $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", "native");
        }
    }

    private static IEnumerable<string> Dependencies(string folder) =>
        Directory.EnumerateFiles(folder, "libgomp*.so*")
            .Concat(LoadOrder.Select(name => Path.Combine(folder, name)))
            .Where(File.Exists);

    private static IntPtr LoadOrExplain(string library)
    {
        try
        {
            return NativeLibrary.Load(library);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeTorchException(
                $"{library} could not be loaded: {LoaderReason(e.Message)} "
                + "(libtorch needs a 64-bit glibc system with libstdc++; on Debian and Ubuntu: apt-get install libstdc++6)", e);
        }
    }

    /// <summary>The runtime lists one line per place it tried; the system loader's own reason is the one with a colon.</summary>
    private static string LoaderReason(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Skip(1).FirstOrDefault(l => l.Contains(": ", StringComparison.Ordinal)) ?? lines[0];
    }

    private static string? LoadedLibstdcxx() =>
        File.ReadLines("/proc/self/maps").FirstOrDefault(l => l.Contains("libstdc++.so", StringComparison.Ordinal))?.Split(' ')[^1];
}
