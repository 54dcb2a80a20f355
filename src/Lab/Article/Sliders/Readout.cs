using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>A quantity printed next to a figure.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Text">Its value as it is read.</param>
internal sealed record Readout(string Label, string Text)
{
    /// <summary>The number behind the text; null where it is none or not finite.</summary>
    public double? Value { get; init; }

    /// <summary>Whether the text is the verdict on the whole run.</summary>
    public bool Status { get; init; }

    /// <summary>A number to five digits.</summary>
    public static Readout Number(string label, double value) =>
        new(label, NumberText.Rounded(value, 5)) { Value = double.IsFinite(value) ? value : null };

    /// <summary>What theory says of gradient descent on a quadratic whose largest eigenvalue is <paramref name="sharpness"/>.</summary>
    public static Readout Prediction(double learningRate, double sharpness) => new("predicted",
        learningRate < 2 / sharpness ? "Converging" : learningRate > 2 / sharpness ? "Diverging" : "Neither: it bounces for ever")
    { Status = true };

    /// <summary>What a walk on a quadratic did.</summary>
    public static Readout Measured(double[] loss) => loss[0] == 0
        ? new("measured", "the path starts at the minimum and stays there")
        : new("measured", $"after {loss.Length - 1} steps the loss is {NumberText.Rounded(loss[^1] / loss[0], 3)} times the first")
        { Value = loss[^1] / loss[0] };
}
