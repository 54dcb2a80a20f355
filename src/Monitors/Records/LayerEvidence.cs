using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>
/// Where in θ a spike began: what was measured layer by layer at the first step above the threshold; for a rise without one, at its opening.
/// </summary>
public sealed record LayerEvidence
{
    /// <summary>The step.</summary>
    public required long Step { get; init; }

    /// <summary>Whether S was above T there.</summary>
    public required bool AboveThreshold { get; init; }

    /// <summary>T at the step.</summary>
    public required double Threshold { get; init; }

    /// <summary>The layers, the one with the largest share of the first eigenvector first.</summary>
    public required IReadOnlyList<LayerShare> Layers { get; init; }

    /// <summary>The evidence of a step; null where layers were not measured.</summary>
    internal static LayerEvidence? Of(Measurement seen)
    {
        var layers = LayerColumns.Read(seen);
        return layers.Count == 0 ? null : new LayerEvidence
        {
            Step = seen.Step,
            AboveThreshold = seen.Sharpness > seen.Threshold,
            Threshold = seen.Threshold,
            Layers = [.. layers.OrderByDescending(l => l.Share)],
        };
    }

    /// <summary>What it says, as part of a sentence.</summary>
    internal string Describe()
    {
        var (first, sharpest) = (Layers[0], Layers.MaxBy(l => l.Sharpness)!);
        var own = !AboveThreshold ? ""
            : sharpest.Sharpness > Threshold
                ? Text($", and the block of {sharpest.Name} alone exceeded the threshold by {sharpest.Sharpness.Value / Threshold - 1:P1}")
            : sharpest.Sharpness is { } most
                ? Text($", and no layer's block alone exceeded the threshold (that of {sharpest.Name} has {most / Threshold:P1} of it)")
            : "";
        var when = AboveThreshold ? "the first above the threshold" : "its opening";
        return Text($"at step {Step}, {when}, {first.Share:P0} of v₁ was in {first.Name}{own}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What was measured of a layer, or of another group of parameters.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Share">Σu_i² over its components, u the unit vector along the first eigenvector in the coordinates of θ; the shares sum to 1.</param>
public sealed record LayerShare(string Name, double Share)
{
    /// <summary>λ₁ of its own block of the matrix whose largest eigenvalue is S.</summary>
    public double? Sharpness { get; init; }

    /// <summary>The norm of its part of the gradient.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>The norm of its part of the update; null where that is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? UpdateNorm { get; init; }
}
