using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>The columns that every run has. The names are a contract: tools outside this repository read them.</summary>
internal static class MeasurementColumns
{
    private const string Curvature = "loss/θ²", EigenvaluePrefix = "lambda_", DotPrefix = "gradient_dot_v";

    private static readonly Dictionary<string, Column> Single = new Column[]
    {
        new("step", "steps", m => m.Step, (m, v) => m with { Step = (long)v }),
        new("loss", "loss", m => m.HasLoss ? m.Loss : null, (m, v) => m with { Loss = v }),
        new("batch_loss", "loss", m => m.BatchLoss, (m, v) => m with { BatchLoss = v }),
        new("accuracy", "", m => m.Accuracy, (m, v) => m with { Accuracy = v }),
        new("gradient_norm", "loss/θ", m => m.HasLoss ? m.GradientNorm : null, (m, v) => m with { GradientNorm = v }),
        new("threshold", Curvature, m => double.IsNaN(m.Threshold) ? null : m.Threshold, (m, v) => m with { Threshold = v }),
        new("learning_rate", "θ²/loss", m => m.LearningRate, (m, v) => m with { LearningRate = v }),
        new("raw_sharpness", Curvature, m => m.HessianSharpness, (m, v) => m with { HessianSharpness = v }),
        new("residual", Curvature, m => m.Residual, (m, v) => m with { Residual = v }),
        new("hvps", "", m => m.HessianProducts, (m, v) => m with { HessianProducts = (int)v }),
        new("seconds", "s", m => m.Seconds, (m, v) => m with { Seconds = v }) { Format = "F3" },
    }.ToDictionary(c => c.Name);

    /// <summary>λ of a rank, from 1.</summary>
    public static Column Eigenvalue(int rank) => Listed(
        rank == 1 ? "sharpness" : $"{EigenvaluePrefix}{rank}", Curvature, rank, m => m.Eigenvalues, (m, values) => m with { Eigenvalues = values });

    /// <summary>g·v of a rank, from 1.</summary>
    public static Column GradientDot(int rank) =>
        Listed($"{DotPrefix}{rank}", "loss/θ", rank, m => m.GradientDots, (m, values) => m with { GradientDots = values });

    /// <summary>The column of this name, or null where every run has none of it.</summary>
    public static Column? Find(string name) =>
        Single.GetValueOrDefault(name)
        ?? (name == "sharpness" ? Eigenvalue(1)
            : Rank(name, EigenvaluePrefix) is > 1 and var eigenvalue ? Eigenvalue(eigenvalue)
            : Rank(name, DotPrefix) is { } dot ? GradientDot(dot)
            : null);

    /// <summary>
    /// One value of a list; null where the list is shorter. A value whose predecessors are missing is left out: at another place in the list
    /// it would be the value of another rank.
    /// </summary>
    public static Column Listed(
        string name, string unit, int rank, Func<Measurement, IReadOnlyList<double>> get, Func<Measurement, IReadOnlyList<double>, Measurement> set) =>
        new(
            name,
            unit,
            m => get(m) is var values && rank <= values.Count ? values[rank - 1] : null,
            (m, v) => get(m).Count == rank - 1 ? set(m, [.. get(m), v]) : m);

    /// <summary>The number behind a prefix, from 1 and without leading zeros; or null.</summary>
    public static int? Rank(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var rank) && name[prefix.Length] != '0'
            ? rank
            : null;
}
