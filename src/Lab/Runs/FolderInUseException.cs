namespace LossSpikes.Lab.Runs;

/// <summary>A folder is being written by someone else.</summary>
/// <param name="directory">The folder.</param>
/// <param name="holder">The number of the process that writes it, with its command line; null where that is not known.</param>
/// <param name="inner">The refusal of the operating system.</param>
internal sealed class FolderInUseException(string directory, string? holder, Exception inner) : InputException(
    $"{directory} is being written by {(string.IsNullOrEmpty(holder) ? "another process" : $"process {holder}")}; wait until it ends, or stop it",
    inner);
