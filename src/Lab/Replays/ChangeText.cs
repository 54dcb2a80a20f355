using System.Globalization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Objectives;

namespace LossSpikes.Lab.Replays;

/// <summary>Reads a change as it is written on the command line.</summary>
internal static class ChangeText
{
    private const string LearningRate = "learning_rate", Removal = "remove-unstable-component", Dtype = "dtype", Perturb = "perturb";

    /// <summary>What can be written, for people.</summary>
    public const string Forms = "learning_rate*FACTOR, remove-unstable-component, dtype float32|float64, perturb or perturb=SEED";

    /// <summary>The change that <paramref name="text"/> describes.</summary>
    /// <exception cref="InputException">It describes none.</exception>
    public static Change Parse(string text)
    {
        text = text.Trim();
        var name = string.Concat(text.TakeWhile(c => char.IsAsciiLetter(c) || c is '_' or '-'));
        var rest = text[name.Length..].Trim();
        var value = rest.TrimStart('*', '=').TrimStart();
        return name switch
        {
            LearningRate =>
                rest.StartsWith('*')
                    && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var factor)
                    && factor > 0
                    && double.IsFinite(factor)
                ? new LearningRateChange(factor)
                : throw Wrong("expected a factor greater than 0, such as learning_rate*0.5"),
            Removal => rest == "" ? new UnstableComponentRemoval() : throw Wrong($"{Removal} takes no value"),
            Dtype => rest.TrimStart('=').TrimStart() switch
            {
                "float32" => new PrecisionChange(Precision.Float32),
                "float64" => new PrecisionChange(Precision.Float64),
                _ => throw Wrong("expected dtype float32 or dtype float64"),
            },
            Perturb => rest == "" ? new Perturbation(0)
                : rest.StartsWith('=') && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? new Perturbation(seed)
                : throw Wrong("expected perturb, or a whole number as its seed, such as perturb=1"),
            _ => throw Wrong(NearestName.Find(name, [LearningRate, Removal, Dtype, Perturb]) is { } near ? $"did you mean {near}?" : $"it is one of: {Forms}"),
        };

        InputException Wrong(string advice) => new($"--change {text}: {advice}");
    }
}
