using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LossSpikes.Monitors.Native;

/// <summary>
/// The version of a libtorch. Its C++ interface changes from minor version to minor version, and TorchSharp's native half is
/// compiled against one of them: with another it crashes at best.
/// </summary>
internal static partial class LibtorchVersion
{
    /// <summary>
    /// The version TorchSharp was compiled against, without its patch. A test compares it with <c>torch.__version__</c>, which is not
    /// available before libtorch is loaded.
    /// </summary>
    public const string Wanted = "2.10";

    // A function of libtorch's stable C interface, which old versions lack: major, minor and patch in the three highest bytes.
    private const string Question = "aoti_torch_abi_version";

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate ulong Answer();

    /// <summary>Whether TorchSharp works with <paramref name="version"/>.</summary>
    public static bool Fits(string version) => version == Wanted || version.StartsWith(Wanted + ".", StringComparison.Ordinal);

    /// <summary>The version in the text files that come with a libtorch, read before anything is loaded; null where there are none.</summary>
    /// <param name="libraries">
    /// The folder of its libraries, <c>lib</c> next to <c>version.py</c> (PyTorch) or <c>build-version</c> (libtorch's archive).
    /// </param>
    public static string? Written(string libraries)
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(libraries));
        foreach (var file in new[] { "version.py", "build-version" })
        {
            if (root is not null
                && File.Exists(Path.Combine(root, file))
                && Number().Match(File.ReadAllText(Path.Combine(root, file))) is { Success: true } found)
            {
                return found.Value;
            }
        }

        return null;
    }

    /// <summary>The version that the library itself reports; null if it is too old to report one.</summary>
    /// <param name="library">libtorch_cpu, loaded.</param>
    public static string? Asked(IntPtr library)
    {
        if (!NativeLibrary.TryGetExport(library, Question, out var function))
        {
            return null;
        }

        var version = Marshal.GetDelegateForFunctionPointer<Answer>(function)();
        return $"{version >> 56}.{(version >> 48) & 0xff}.{(version >> 40) & 0xff}";
    }

    [GeneratedRegex(@"(?<![\w.])\d+\.\d+[\w.+]*")]
    private static partial Regex Number();
}
