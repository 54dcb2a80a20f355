using System.Diagnostics;
using System.Globalization;
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
    /// <exception cref="FolderInUseException">It is taken; nothing was changed.</exception>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static FolderLock Take(string directory)
    {
        directory = Path.GetFullPath(directory);
        var path = Path.Combine(directory, FileName);
        FileStream? file = null;
        try
        {
            // On Linux and macOS the runtime implements FileShare.None by flock.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes($"{Environment.ProcessId} ({CommandLine})\n"));
            return new FolderLock(directory, file);
        }
        catch (IOException e) when (IsTaken(e))
        {
            throw new FolderInUseException(directory, Holder(path), e);
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
        if (OperatingSystem.IsWindows() || !File.Exists(path) || Holder(path) is not { } holder)
        {
            return null;
        }

        return holder.Length == 0 ? "no process writes it any more"
            : int.TryParse(holder.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var process) && !IsAlive(process)
                ? $"process {process}, which wrote it, is gone"
            : null;
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

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

    private static string CommandLine => Excerpt.Of(string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("lab")), 200);

    // EWOULDBLOCK of Linux and of macOS, and Windows' sharing violation.
    private static bool IsTaken(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Who holds the lock, where that can be read.</summary>
    private static string? Holder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null; // a locked file cannot be read there
        }

        try
        {
            // If the runtime opened the file, it would ask for the lock.
            using var handle = new SafeFileHandle(Open(path, ReadOnly), ownsHandle: true);
            Span<byte> text = stackalloc byte[1000];
            return handle.IsInvalid ? null : Excerpt.Of(Encoding.UTF8.GetString(text[..RandomAccess.Read(handle, text, 0)]).TrimEnd('\n'), 220);
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
