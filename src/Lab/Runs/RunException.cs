namespace LossSpikes.Lab.Runs;

/// <summary>A run folder cannot be read; the message is one sentence that names the file and, where there is one, the line.</summary>
public sealed class RunException : Exception
{
    /// <summary>Creates the exception.</summary>
    public RunException(string message, Exception? inner = null) : base(message, inner)
    {
    }

    internal static RunException At(string path, long line, string what, Exception? inner = null) => new($"{path}, line {line}: {what}", inner);
}
