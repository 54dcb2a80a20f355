namespace LossSpikes.Lab.Runs;

/// <summary>A run folder cannot be read; the message names the file and, where there is one, the line.</summary>
internal sealed class RunException(string message, Exception? inner = null) : InputException(message, inner)
{
    internal static RunException At(string path, long line, string what, Exception? inner = null) => new($"{path}, line {line}: {what}", inner);
}
