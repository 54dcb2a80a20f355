using System.Runtime.InteropServices;

namespace LossSpikes.Monitors.Native;

/// <summary>The memory of the C library, from which libtorch takes its tensors on a CPU.</summary>
public static class Allocator
{
    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3;

    /// <summary>
    /// Keeps the memory of released tensors for the next ones. Otherwise glibc gives every large one back to the system and pays
    /// for each of its pages when it comes again. Tensors above 100 MB still go back.
    /// For the whole process, from here on: call it before the first tensor. Does
    /// nothing where there is no glibc.
    /// </summary>
    public static void KeepReleasedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Set(MmapThreshold, 100_000_000); // larger holes would hardly ever fit again, and be lost
            _ = Set(TrimThreshold, 2_000_000_000);
            _ = Set(TopPad, 64_000_000);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such setting.
        }
        catch (DllNotFoundException)
        {
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int Set(int parameter, int value);
}
