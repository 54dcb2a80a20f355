namespace LossSpikes.Lab.Runs;

/// <summary>A folder is being written by someone else, or may be.</summary>
internal sealed class FolderInUseException : InputException
{
    /// <summary>Someone holds the lock.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="holder">The number of the process that writes it, with its command line; null where that is not known.</param>
    /// <param name="inner">The refusal of the operating system.</param>
    public FolderInUseException(string directory, string? holder, Exception inner)
        : base(
            $"{directory} is being written by {(string.IsNullOrEmpty(holder) ? "another process" : $"process {holder}")}; wait until it ends, or stop it",
            inner) => Holder = holder is null ? null : FolderHolder.Parse(holder);

    /// <summary>The lock is free, but names a process of another machine.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="holder">That process.</param>
    public FolderInUseException(string directory, FolderHolder holder)
        : base(
            $"{directory} was being written by process {holder.Text}, which cannot be seen from {FolderHolder.Current.Host}: "
                + "if that process is gone, --take-over continues the run") => (Holder, Stale) = (holder, true);

    /// <summary>Who writes it or wrote it, where that is known.</summary>
    public FolderHolder? Holder { get; }

    /// <summary>Whether nobody holds the lock, so that the folder can be taken over.</summary>
    public bool Stale { get; }
}
