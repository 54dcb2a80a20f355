namespace LossSpikes.Lab.Benchmarks;

/// <summary>One measured number of <c>lab bench</c>.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit; empty for a ratio.</param>
/// <param name="Target">What it should be at most, or at least where it says so; null where nothing is promised.</param>
/// <param name="Met">Whether it is.</param>
internal sealed record BenchRow(string Name, double Value, string Unit, string? Target, bool? Met)
{
    /// <summary>A number without a promise.</summary>
    public static BenchRow Of(string name, double value, string unit) => new(name, value, unit, null, null);

    /// <summary>A number that should be small.</summary>
    public static BenchRow AtMost(double limit, string name, double value, string unit = "") =>
        new(name, value, unit, FormattableString.Invariant($"≤ {limit:G4}"), value <= limit);

    /// <summary>A number that should be large.</summary>
    public static BenchRow AtLeast(double limit, string name, double value, string unit) =>
        new(name, value, unit, FormattableString.Invariant($"≥ {limit:G4}"), value >= limit);
}
