namespace LossSpikes.Monitors.Forecasts;

/// <summary>
/// Self-stabilization in two variables (Damian, Nichani and Lee 2022, arXiv 2209.15594, section 4.1): the displacement x along the
/// unstable direction and y = S − T, x ← −(1 + ηy)x, y ← y + η(α − ½βx²).
/// </summary>
/// <param name="LearningRate">η.</param>
/// <param name="Alpha">α, the rate of progressive sharpening.</param>
/// <param name="Beta">β, the strength of the cubic term.</param>
public sealed record TwoVariableMap(double LearningRate, double Alpha, double Beta)
{
    /// <summary>By how much α changes per step.</summary>
    public double AlphaTrend { get; init; }

    /// <summary>δ = √(2α/β), the displacement at which y turns.</summary>
    public double Delta => Math.Sqrt(2 * Alpha / Beta);

    /// <summary>One step.</summary>
    /// <param name="x">The displacement.</param>
    /// <param name="y">S − T.</param>
    /// <param name="step">Steps since the start, for the trend.</param>
    public (double X, double Y) Next(double x, double y, long step = 0) =>
        (-(1 + LearningRate * y) * x, y + LearningRate * (Alpha + AlphaTrend * step - Beta * x * x / 2));

    /// <summary>The first peak of |x|: steps from the start, and |x| there. Null when there is none within <paramref name="most"/> steps.</summary>
    public (long Steps, double X)? Peak(double x, double y, int most)
    {
        for (var step = 0L; step < most; step++)
        {
            var next = Next(x, y, step);
            if (Math.Abs(next.X) < Math.Abs(x) && y < 0)
            {
                return (step, Math.Abs(x));
            }

            if (!double.IsFinite(next.X))
            {
                return null;
            }

            (x, y) = next;
        }

        return null;
    }

    /// <summary>E = y²/α + X² − ln X² − 1 with X = x/δ, which the flow of the map conserves.</summary>
    public double Energy(double x, double y)
    {
        var squared = x / Delta * (x / Delta);
        return y * y / Alpha + squared - Math.Log(squared) - 1;
    }

    /// <summary>The highest y that the conserved quantity allows: √(αE).</summary>
    public double HighestY(double x, double y) => Math.Sqrt(Alpha * Energy(x, y));

    /// <summary>The largest |x| that the conserved quantity allows: δX with X² − ln X² − 1 = E, X &gt; 1. The flow's limit of the map's peak.</summary>
    public double LargestX(double x, double y)
    {
        var energy = Energy(x, y);
        var squared = 1 + energy + Math.Sqrt(2 * energy);
        for (var i = 0; i < 50; i++)
        {
            // Newton on s − ln s = 1 + E, convex for s > 1, from above its root.
            squared -= (squared - Math.Log(squared) - 1 - energy) / (1 - 1 / squared);
        }

        return Delta * Math.Sqrt(squared);
    }
}
