using System.Text.RegularExpressions;

namespace LossSpikes.Lab.Experiments;

/// <summary>An experiment file or an override is wrong. The message is one line: where, what was expected, and the nearest valid name.</summary>
internal sealed partial class ExperimentException(string message) : Exception(Breaks().Replace(message, " "))
{
    // Names in the message come from files and the command line, and may hold anything.
    [GeneratedRegex(@"[\p{Cc}\p{Zl}\p{Zp}]+")]
    private static partial Regex Breaks();
}
