using System.Runtime.InteropServices;

namespace LossSpikes.Monitors.Native;

/// <summary>
/// NNPACK, a library inside libtorch for convolutions. On a processor that it does not know, libtorch asks it again at most
/// convolutions and writes "Could not initialize NNPACK! Reason: Unsupported hardware." each time. Switched off, as by
/// <c>torch.backends.nnpack</c> in Python, it is not asked; libtorch computes as before. Where it works it stays on: a monitor must
/// not change how a training rounds.
/// </summary>
internal static class Nnpack
{
    // nnp_initialize tells whether the processor will do, and prints nothing. The others are C++: at::globalContext(),
    // at::Context::setUserEnabledNNPACK(bool) and at::Context::userEnabledNNPACK() const.
    private const string Initialize = "nnp_initialize", Context = "_ZN2at13globalContextEv";
    private const string Enable = "_ZN2at7Context20setUserEnabledNNPACKEb", IsEnabled = "_ZNK2at7Context17userEnabledNNPACKEv";

    private static readonly Lazy<bool> Enabled = new(SwitchOffWhereUnsupported);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int StatusFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr ContextFunction();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Setter(IntPtr context, [MarshalAs(UnmanagedType.I1)] bool enabled);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    [return: MarshalAs(UnmanagedType.I1)]
    private delegate bool Getter(IntPtr context);

    /// <summary>
    /// Switches it off where the processor is not supported, once per process. libtorch must be loaded; where it is not, or is no
    /// Linux library, nothing happens.
    /// </summary>
    /// <returns>Whether libtorch uses it now.</returns>
    public static bool Settle() => Enabled.Value;

    private static bool SwitchOffWhereUnsupported()
    {
        // The loader knows by its name a library that is in the process.
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad(OwnLibtorch.Library, out var libtorch)
            || !NativeLibrary.TryGetExport(libtorch, Initialize, out var initialize)
            || !NativeLibrary.TryGetExport(libtorch, Context, out var context)
            || !NativeLibrary.TryGetExport(libtorch, Enable, out var enable)
            || !NativeLibrary.TryGetExport(libtorch, IsEnabled, out var isEnabled))
        {
            return true;
        }

        var global = Marshal.GetDelegateForFunctionPointer<ContextFunction>(context)();
        if (Marshal.GetDelegateForFunctionPointer<StatusFunction>(initialize)() != 0)
        {
            Marshal.GetDelegateForFunctionPointer<Setter>(enable)(global, false);
        }

        return Marshal.GetDelegateForFunctionPointer<Getter>(isEnabled)(global);
    }
}
