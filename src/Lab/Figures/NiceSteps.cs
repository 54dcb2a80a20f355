namespace LossSpikes.Lab.Figures;

/// <summary>Evenly spaced round numbers: multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class NiceSteps
{
    private static readonly int[] Steps = [1, 2, 5, 10];

    /// <summary>At most <paramref name="most"/> + 1 round numbers in the range, <paramref name="smallest"/> or more apart.</summary>
    public static double[] In(ValueRange range, int most, double smallest = 0)
    {
        var rough = range.Span / most;
        var decade = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = Math.Max(smallest, decade * Steps.FirstOrDefault(s => s * decade >= rough, Steps[^1]));
        var first = Math.Ceiling(range.Low / step);
        return [.. Enumerable.Range(0, most + 1).Select(i => (first + i) * step).TakeWhile(v => v <= range.High)];
    }
}
