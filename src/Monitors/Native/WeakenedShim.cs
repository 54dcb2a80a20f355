using System.Reflection;

namespace LossSpikes.Monitors.Native;

/// <summary>A copy of TorchSharp's native half that does not insist on a version that older systems lack.</summary>
internal static class WeakenedShim
{
    /// <summary>The name of the copy that projects of this repository, and those that reference one, carry along.</summary>
    public const string ShippedName = "LibTorchSharp.so";

    // The version tag of std::ios_base_library_init(), which <iostream> names only to force linking: the shim has no
    // relocation for it, so that nothing is missing when the loader lets it pass.
    private const string HarmlessVersion = "GLIBCXX_3.4.32";

    /// <summary>The copy: the one that the program carries, or else one in the user's cache, made where it is not there.</summary>
    /// <param name="shim">The original.</param>
    /// <param name="folders">Where the program's native libraries may be.</param>
    /// <returns>The path of the copy; null where the original does not ask for the version, and something else is wrong with it.</returns>
    /// <exception cref="NativeTorchException">No copy could be written.</exception>
    public static string? Find(string shim, IEnumerable<string> folders)
    {
        byte[] patched;
        try
        {
            patched = ElfVersionNeeds.Weaken(File.ReadAllBytes(shim), HarmlessVersion);
        }
        catch (InvalidDataException)
        {
            return null;
        }

        // TorchSharp may have loaded it by itself, and a second one would have a state of its own.
        return folders.Select(f => Path.Combine(f, ShippedName)).FirstOrDefault(f => Holds(f, patched))
            ?? Made(patched, Path.GetFileNameWithoutExtension(shim));
    }

    private static string Made(byte[] patched, string name)
    {
        var cache = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string?[] folders = [cache.Length > 0 ? Path.Combine(cache, "LossSpikes") : null, AppContext.BaseDirectory];
        var reasons = new List<string>();
        foreach (var folder in folders.OfType<string>())
        {
            try
            {
                return Store(patched, folder, name);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                reasons.Add(e.Message);
            }
        }

        throw new NativeTorchException(
            $"{name} needs {HarmlessVersion}, which this system's libstdc++ lacks, and no copy without that need could be written: "
            + string.Join("; ", reasons));
    }

    /// <summary>Writes the file unless the same bytes are there already; a rename, so that processes side by side agree.</summary>
    private static string Store(byte[] content, string folder, string name)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{name}-{Assembly.GetExecutingAssembly().GetName().Version}-weak.so");
        if (!Holds(path, content))
        {
            var temporary = $"{path}.{Environment.ProcessId}";
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }

        return path;
    }

    private static bool Holds(string path, byte[] content) => File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);
}
