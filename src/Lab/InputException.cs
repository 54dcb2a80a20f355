using System.Text.RegularExpressions;

namespace LossSpikes.Lab;

/// <summary>Something the user gave is wrong, or a file cannot be read or written: one sentence on one line, exit code 2.</summary>
internal partial class InputException(string message, Exception? inner = null) : Exception(Breaks().Replace(message, " "), inner)
{
    // Names in the message come from files and the command line, and may hold anything.
    [GeneratedRegex(@"[\p{Cc}\p{Zl}\p{Zp}]+")]
    private static partial Regex Breaks();
}
