namespace LossSpikes.Monitors.Forecasts;

/// <summary>Steps until a quantity reaches a level, extrapolated from its latest values; NaN where it never does.</summary>
internal static class Extrapolation
{
    /// <summary>Along the straight line through the first and the last of the points.</summary>
    /// <param name="points">Step and value, oldest first.</param>
    /// <param name="level">The level, above the latest value.</param>
    public static double Line(IReadOnlyList<(double Step, double Value)> points, double level)
    {
        var (first, last) = (points[0], points[^1]);
        return Reach(last.Value, (last.Value - first.Value) / (last.Step - first.Step), 0, level);
    }

    /// <summary>Along the parabola through three points.</summary>
    /// <inheritdoc cref="Line"/>
    public static double Parabola(IReadOnlyList<(double Step, double Value)> points, double level)
    {
        var (a, b, c) = (points[0], points[1], points[2]);
        var older = (b.Value - a.Value) / (b.Step - a.Step);
        var newer = (c.Value - b.Value) / (c.Step - b.Step);
        var bend = (newer - older) / (c.Step - a.Step);
        return Reach(c.Value, newer + bend * (c.Step - b.Step), bend, level);
    }

    /// <summary>The smallest Δ ≥ 0 with value + rate·Δ + bend·Δ² = level.</summary>
    public static double Reach(double value, double rate, double bend, double level)
    {
        var missing = level - value;
        if (missing <= 0)
        {
            return 0;
        }

        // This form of the root loses no digits, and holds for bend = 0 too.
        var root = rate * rate + 4 * bend * missing;
        var delta = root < 0 ? double.NaN : 2 * missing / (rate + Math.Sqrt(root));
        return double.IsFinite(delta) && delta > 0 ? delta : double.NaN;
    }
}
