using System.Runtime.InteropServices;

namespace LossSpikes.Monitors.Native;

/// <summary>
/// The optimizer of TorchScript. It rewrites a program after its first two passes, and from then on results are rounded otherwise: of a traced
/// attention block in float32, the third Hessian–vector product differs from the first in the ninth digit. A run that is resumed would not repeat.
/// </summary>
public static class ScriptOptimizer
{
    private const string Library = OwnLibtorch.Library, Setter = "_ZN5torch3jit24setGraphExecutorOptimizeEb"; // torch::jit::setGraphExecutorOptimize(bool)

    private static readonly Lazy<Switch?> Found = new(Find);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Switch([MarshalAs(UnmanagedType.I1)] bool optimize);

    /// <summary>
    /// From here on, programs that this thread runs are interpreted as they are written. Does nothing where libtorch is no Linux library; there a
    /// resumed run may differ in the last digits.
    /// </summary>
    public static void SwitchOff() => Found.Value?.Invoke(false);

    // The loader knows by its name a library that is in the process.
    private static Switch? Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out var libtorch) && NativeLibrary.TryGetExport(libtorch, Setter, out var setter)
            ? Marshal.GetDelegateForFunctionPointer<Switch>(setter)
            : null;
}
