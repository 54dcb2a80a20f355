using System.Runtime.InteropServices;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Tests.Monitors.Native;

/// <summary>The switch of NNPACK on this processor; tests/Packages has one that it does not know.</summary>
public sealed class NnpackTests
{
    [Fact]
    public void It_stays_on_where_the_processor_supports_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the names of the functions are those of Linux");
        var supports = Marshal.GetDelegateForFunctionPointer<Status>(NativeLibrary.GetExport(NativeLibrary.Load("libtorch_cpu.so"), "nnp_initialize"))() == 0;

        Assert.Equal(supports, Nnpack.Settle());
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Status();
}
