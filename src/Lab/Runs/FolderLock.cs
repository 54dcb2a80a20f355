using System.Runtime.InteropServices;
using System.Text;
using LossSpikes.TensorFiles.Messages;
using Microsoft.Win32.SafeHandles;

namespace LossSpikes.Lab.Runs;

/// <summary>
/// The right to write a folder, which one holder has at a time, in this process or another. It is a lock of the operating system on the file
/// <c>.lock</c>, so it ends with the process, however that ends. The file names the holder. It is emptied at the end and not deleted: a
/// deletion could hit the file that the next holder has locked.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const string FileName = ".lock";

    private readonly FileStream _file;
    private bool _disposed;

    private FolderLock(string directory, FileStream file) => (Directory, _file) = (directory, file);

    /// <summary>The folder, as a full path.</summary>
    public string Directory { get; }

    /// <summary>Takes the lock.</summary>
    /// <param name="directory">The folder, which exists.</param>
    /// <param name="takeOver">
    /// Take it also from a holder on another machine that has left its name: it may have died, or it may still write where locks do not reach
    /// across machines.
    /// </param>
    /// <exception cref="FolderInUseException">It is taken; nothing was changed.</exception>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static FolderLock Take(string directory, bool takeOver = false)
    {
        directory = Path.GetFullPath(directory);
        var path = Path.Combine(directory, FileName);
        FileStream? file = null;
        try
        {
            // On Linux and macOS the runtime implements FileShare.None by flock.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            if (!takeOver && FolderHolder.Read(file) is { MayStillWrite: true } other)
            {
                file.Dispose();
                throw new FolderInUseException(directory, other);
            }

            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(FolderHolder.Current.Text + "\n"));
            return new FolderLock(directory, file);
        }
        catch (IOException e) when (IsTaken(e))
        {
            throw new FolderInUseException(directory, HolderText(path), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new InputException($"the run folder {directory} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Refuses a folder that is being written, and does nothing to any other.</summary>
    /// <exception cref="FolderInUseException">Someone holds its lock.</exception>
    public static void RequireFree(string directory)
    {
        if (File.Exists(Path.Combine(directory, FileName)))
        {
            Take(directory).Dispose();
        }
    }

    /// <summary>
    /// Whether the process that wrote a folder is gone, in words, without touching the lock; null where one still writes or where it cannot be
    /// told. A process that is killed leaves its name in the file.
    /// </summary>
    public static string? Abandoned(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return OperatingSystem.IsWindows() || !File.Exists(path) || HolderText(path) is not { } text ? null
            : text.Length == 0 ? "no process writes it any more"
            : FolderHolder.Parse(text) is { IsAlive: false } holder ? $"process {holder.Process}, which wrote it, is gone"
            : null;
    }

    /// <summary>Who writes a folder or wrote it until it died, without touching the lock; null where that is nobody or cannot be read.</summary>
    public static FolderHolder? Holder(string directory) => HolderText(Path.Combine(directory, FileName)) is { } text ? FolderHolder.Parse(text) : null;

    /// <summary>Whether a folder holds nothing but the file of this lock.</summary>
    public bool IsEmpty => System.IO.Directory.EnumerateFileSystemEntries(Directory).All(entry => Path.GetFileName(entry) == FileName);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            _file.SetLength(0);
        }
        catch (IOException)
        {
            // It names a process that is gone; the lock itself counts.
        }

        _file.Dispose();
    }

    // EWOULDBLOCK of Linux and of macOS, and Windows' sharing violation.
    private static bool IsTaken(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>The text of the lock, where it can be read.</summary>
    private static string? HolderText(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null; // a locked file cannot be read there
        }

        try
        {
            // If the runtime opened the file, it would ask for the lock.
            using var handle = new SafeFileHandle(Open(path, ReadOnly), ownsHandle: true);
            Span<byte> text = stackalloc byte[FolderHolder.LongestText];
            return handle.IsInvalid ? null : Excerpt.Of(Encoding.UTF8.GetString(text[..RandomAccess.Read(handle, text, 0)]).TrimEnd('\n'), 400);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private const int ReadOnly = 0;

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int Open(string path, int flags);
}
