using System.Runtime.InteropServices;
using System.Text;

namespace LossSpikes.Lab.Distributed;

/// <summary>
/// The functions of MPI that a run needs, from Open MPI or from MPICH and its relatives (Intel MPI, Cray MPICH). Open MPI's handles are addresses
/// of 8 bytes and MPICH's are numbers of 4; an argument takes 8 bytes in either convention of calls (x86-64, arm64), of which MPICH reads the low
/// half, so that one declaration serves both.
/// </summary>
internal sealed class MpiLibrary
{
    private const int Global = 0x102; // RTLD_NOW | RTLD_GLOBAL, on Linux
    private const int Serialized = 2; // one thread at a time calls MPI
    private const int LongestText = 8192;

    // In the order in which they are tried.
    private static readonly string[] OpenMpiNames = ["libmpi.so.40", "libmpi.so.80"], MpichNames = ["libmpich.so.12", "libmpi.so.12"];

    private readonly nint _library, _world, _bytes;
    private readonly SendReceiveFunction _sendReceive;

    private MpiLibrary(nint library)
    {
        _library = library;
        nint returned;
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _world))
        {
            (_bytes, returned) = (NativeLibrary.GetExport(library, "ompi_mpi_byte"), NativeLibrary.GetExport(library, "ompi_mpi_errors_return"));
        }
        else
        {
            (_world, _bytes, returned) = (0x44000000, 0x4c00010d, 0x54000001); // mpi.h of MPICH
        }

        Check(Function<InitializeFunction>("MPI_Init_thread")(0, 0, Serialized, out _), "MPI_Init_thread");
        Check(Function<HandlerFunction>("MPI_Comm_set_errhandler")(_world, returned), "MPI_Comm_set_errhandler");
        _sendReceive = Function<SendReceiveFunction>("MPI_Sendrecv");
        Rank = Number("MPI_Comm_rank");
        Size = Number("MPI_Comm_size");
        Version = Text((text, out length) => Function<VersionFunction>("MPI_Get_library_version")(text, out length)).Split('\n', ',')[0].Trim();
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int InitializeFunction(nint argumentCount, nint arguments, int required, out int provided);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int HandlerFunction(nint communicator, nint handler);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int NumberFunction(nint communicator, out int number);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SendReceiveFunction(
        ref byte sent, int sentCount, nint sentType, int to, int sentTag,
        ref byte received, int receivedCount, nint receivedType, int from, int receivedTag, nint communicator, ref byte status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionFunction(byte[] text, out int length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int ErrorFunction(int code, byte[] text, out int length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int PlainFunction();

    private delegate int TextFunction(byte[] text, out int length);

    /// <summary>The number of this process among those that were launched together.</summary>
    public int Rank { get; }

    /// <summary>How many were launched together.</summary>
    public int Size { get; }

    /// <summary>The library's name and version, such as "Open MPI v4.1.4".</summary>
    public string Version { get; }

    /// <summary>Loads the library and initializes it. A process can do it once.</summary>
    /// <param name="path">The library; null to look for the usual names.</param>
    /// <exception cref="InputException">It is not there, or it cannot be initialized.</exception>
    public static MpiLibrary Load(string? path)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new InputException("--ranks needs MPI on Linux; on this system a run takes one process");
        }

        // UCX, inside MPICH and under InfiniBand, would take the signal by which .NET makes exceptions of null references. The native environment
        // counts: Environment.SetEnvironmentVariable does not reach it.
        _ = SetEnvironment("UCX_ERROR_SIGNALS", "", 1);
        string[] names = path is null ? [.. MpichLaunched ? MpichNames : [], .. OpenMpiNames, .. MpichNames] : [path];
        foreach (var name in names)
        {
            if (Open(name, Global) is not 0 and var library)
            {
                return NativeLibrary.TryGetExport(library, "MPI_Init_thread", out _) ? new MpiLibrary(library)
                    : throw new InputException($"{name} is not an MPI library: it has no MPI_Init_thread");
            }
        }

        throw new InputException(path is null
            ? $"no MPI library was found ({string.Join(", ", names.Distinct())}): install Open MPI or MPICH (Debian: openmpi-bin or mpich), "
                + "or name the library by --mpi-lib PATH"
            : $"--mpi-lib {path}: no such library can be loaded");
    }

    /// <summary>Sends bytes to another rank, and receives as many from it.</summary>
    public void SendReceive(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        const int Longest = 1 << 28; // MPI counts in 32 bits
        Span<byte> status = stackalloc byte[64]; // MPI_Status has 20 or 24
        for (var at = 0; at < sent.Length; at += Longest)
        {
            var count = Math.Min(Longest, sent.Length - at);
            var code = _sendReceive(
                ref MemoryMarshal.GetReference(sent[at..]), count, _bytes, partner, 0,
                ref MemoryMarshal.GetReference(received[at..]), count, _bytes, partner, 0, _world, ref MemoryMarshal.GetReference(status));
            Check(code, "MPI_Sendrecv");
        }
    }

    /// <summary>Ends the use of MPI; all ranks do it.</summary>
    public void Complete() => Check(Function<PlainFunction>("MPI_Finalize")(), "MPI_Finalize");

    // Set by the launcher of MPICH, and not by that of Open MPI.
    private static bool MpichLaunched => Environment.GetEnvironmentVariable("PMI_SIZE") is not null
        && Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is null;

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SetEnvironment(string name, string value, int replace);

    [DllImport("libdl.so.2", EntryPoint = "dlopen", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern nint Open(string name, int flags);

    private T Function<T>(string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(_library, name));

    private int Number(string function)
    {
        Check(Function<NumberFunction>(function)(_world, out var number), function);
        return number;
    }

    private static string Text(TextFunction read)
    {
        var text = new byte[LongestText];
        return read(text, out var length) == 0 ? Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, LongestText)).TrimEnd('\0') : "";
    }

    private void Check(int code, string function)
    {
        if (code != 0)
        {
            var why = Text((text, out length) => Function<ErrorFunction>("MPI_Error_string")(code, text, out length));
            throw new InputException($"{function} failed: {(why.Length > 0 ? why : $"error {code}")}");
        }
    }
}
