using System.Globalization;

namespace LossSpikes.Tests;

/// <summary>Whether Ctrl-C reaches a program at all.</summary>
internal static class Interrupts
{
    private const string Mask = "SigIgn:";
    private const ulong Interrupt = 1 << 1; // SIGINT is signal 2

    /// <summary>
    /// Whether this process, and so all it starts, was started with interrupts ignored, as a script does with what it puts into the
    /// background.
    /// </summary>
    public static bool Ignored => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Mask, StringComparison.Ordinal)) is { } line
        && (ulong.Parse(line[Mask.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
}
