using System.Globalization;

namespace LossSpikes.Tests;

/// <summary>Tells whether Ctrl-C can reach a program.</summary>
internal static class Interrupts
{
    private const string Mask = "SigIgn:";
    private const ulong Interrupt = 1 << 1; // SIGINT is signal 2

    /// <summary>Whether this process, and so its children, ignores interrupts, as background jobs of scripts do.</summary>
    public static bool Ignored => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Mask, StringComparison.Ordinal)) is { } line
        && (ulong.Parse(line[Mask.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
}
