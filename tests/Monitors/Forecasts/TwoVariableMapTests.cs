using LossSpikes.Monitors.Forecasts;

namespace LossSpikes.Tests.Monitors.Forecasts;

/// <summary>The formulas of self-stabilization against the map itself, with steps so small that it is near its flow.</summary>
public sealed class TwoVariableMapTests
{
    private const double LearningRate = 0.002, Alpha = 0.02, Beta = 3, Start = 1e-4;

    private static readonly TwoVariableMap Map = new(LearningRate, Alpha, Beta);

    [Fact]
    public void One_step_is_the_recurrence()
    {
        var (x, y) = Map.Next(0.3, 0.7);

        Assert.Equal(-(1 + LearningRate * 0.7) * 0.3, x, 1e-15);
        Assert.Equal(0.7 + LearningRate * (Alpha - Beta * 0.3 * 0.3 / 2), y, 1e-15);
    }

    [Fact]
    public void The_peak_is_where_the_recurrence_turns()
    {
        var orbit = Orbit(200_000);
        var peak = orbit.Index().MaxBy(p => Math.Abs(p.Item.X)).Index;

        Assert.Equal((peak, Math.Abs(orbit[peak].X)), Map.Peak(Start, 0, 200_000));
    }

    [Fact]
    public void A_peak_beyond_the_limit_is_not_given() => Assert.Null(Map.Peak(Start, 0, 100));

    [Fact]
    public void The_sharpness_is_highest_where_the_displacement_reaches_delta()
    {
        var orbit = Orbit(200_000);
        var top = orbit.Index().MaxBy(p => p.Item.Y);

        Assert.InRange(Math.Abs(top.Item.X) / Map.Delta, 0.99, 1.01);
        Assert.InRange(Map.HighestY(Start, 0) / top.Item.Y, 0.99, 1.01);
    }

    [Fact]
    public void The_largest_displacement_follows_from_the_conserved_quantity() =>
        Assert.InRange(Map.LargestX(Start, 0) / Orbit(200_000).Max(p => Math.Abs(p.X)), 0.99, 1.01);

    [Fact]
    public void The_conserved_quantity_is_conserved_through_the_spike()
    {
        var orbit = Orbit(200_000);
        var peak = orbit.Index().MaxBy(p => Math.Abs(p.Item.X)).Index;

        Assert.All(orbit.Take(2 * peak), p => Assert.InRange(Map.Energy(p.X, p.Y) / Map.Energy(Start, 0), 0.99, 1.01));
    }

    private static List<(double X, double Y)> Orbit(int steps)
    {
        var (x, y) = (Start, 0.0);
        List<(double X, double Y)> orbit = [(x, y)];
        for (var i = 0; i < steps && (orbit.Count < 10 || y > -0.9 * orbit.Max(p => p.Y)); i++)
        {
            (x, y) = (-(1 + LearningRate * y) * x, y + LearningRate * (Alpha - Beta * x * x / 2));
            orbit.Add((x, y));
        }

        return orbit;
    }
}
