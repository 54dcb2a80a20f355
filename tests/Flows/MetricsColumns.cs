using System.Globalization;

namespace LossSpikes.Tests.Flows;

/// <summary>metrics.csv by its text alone.</summary>
internal static class MetricsColumns
{
    /// <summary>The columns by name; NaN for an empty cell.</summary>
    public static Dictionary<string, double[]> Read(string run)
    {
        var lines = File.ReadAllLines(Path.Combine(run, "metrics.csv")).Select(l => l.Split(',')).ToList();
        return lines[0].Select((name, i) => (name, lines.Skip(1).Select(
            l => l[i].Length == 0 ? double.NaN : double.Parse(l[i], CultureInfo.InvariantCulture)).ToArray())).ToDictionary();
    }
}
