using System.Runtime.InteropServices;

namespace LossSpikes.Lab.Playground.Requests;

/// <summary>
/// Returns memory to the system after work that needed much of it for a short time. The program is open for hours, and neither the garbage
/// collector nor the C library gives back by itself what it once had.
/// </summary>
internal static class FreeMemory
{
    private const int MostArenas = -8; // M_ARENA_MAX of malloc.h

    private delegate int Trim(nuint kept);

    private delegate int Option(int name, int value);

    // Of glibc; elsewhere there are none.
    private static readonly Trim? MallocTrim = Find<Trim>("malloc_trim");

    /// <summary>
    /// Before threads are there: all share two heaps of the C library. Each would get one of its own, and what it allocates for a picture or a
    /// claim and frees would stay in it, in pieces.
    /// </summary>
    public static void ShareHeaps() => Find<Option>("mallopt")?.Invoke(MostArenas, 2);

    /// <summary>Returns what nobody holds, of .NET and of the libraries below it. Cost: some tenths of a second, in part of which nothing else runs.</summary>
    public static void Return()
    {
        // Drawings and tensors that nobody disposed hold memory of the C library until their finalizers have run.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        MallocTrim?.Invoke(0);
    }

    private static T? Find<T>(string function)
        where T : Delegate =>
        NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, function, out var address)
            ? Marshal.GetDelegateForFunctionPointer<T>(address)
            : null;
}
