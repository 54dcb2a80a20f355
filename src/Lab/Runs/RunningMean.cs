namespace LossSpikes.Lab.Runs;

/// <summary>The mean over a window around each row, whose ends count half, so that an oscillation at every second row vanishes from it.</summary>
internal static class RunningMean
{
    /// <summary>The means; NaN where the window is not whole. Of rows with gaps (NaN) the values that are there are averaged.</summary>
    /// <param name="values">A value per row.</param>
    /// <param name="window">The length of the window in rows, even.</param>
    public static double[] Of(double[] values, int window)
    {
        var half = window / 2;
        var means = new double[values.Length];
        Array.Fill(means, double.NaN);
        for (var i = half; i < values.Length - half; i++)
        {
            var (sum, weights) = (0.0, 0.0);
            for (var j = i - half; j <= i + half; j++)
            {
                var weight = j == i - half || j == i + half ? 0.5 : 1;
                if (!double.IsNaN(values[j]))
                {
                    sum += weight * values[j];
                    weights += weight;
                }
            }

            means[i] = sum / weights;
        }

        return means;
    }
}
