using System.Text.Json.Nodes;
using LossSpikes.Lab.Configuration;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>What the command line says about an optimizer, which counts more than the checkpoint; null: nothing.</summary>
internal sealed record OptimizerOverrides
{
    /// <summary>Nothing.</summary>
    public static OptimizerOverrides None { get; } = new();

    /// <summary>A kind of the registry of optimizers (<c>--optimizer</c>).</summary>
    public string? Kind { get; init; }

    /// <summary>η of all parameters (<c>--learning-rate</c>).</summary>
    public double? LearningRate { get; init; }

    /// <summary>β of gradient descent with momentum (<c>--momentum</c>).</summary>
    public double? Momentum { get; init; }

    /// <summary>β₁ (<c>--beta1</c>).</summary>
    public double? Beta1 { get; init; }

    /// <summary>β₂ (<c>--beta2</c>).</summary>
    public double? Beta2 { get; init; }

    /// <summary>ε (<c>--epsilon</c>).</summary>
    public double? Epsilon { get; init; }

    /// <summary>λ of all parameters (<c>--weight-decay</c>).</summary>
    public double? WeightDecay { get; init; }

    /// <summary>The largest norm of a gradient (<c>--clip</c>), which no checkpoint has.</summary>
    public double? Clip { get; init; }

    /// <summary>Writes what is given into the keys of an optimizer, and notes where it comes from.</summary>
    /// <exception cref="SettingsException">A number is not finite.</exception>
    public void WriteTo(JsonObject keys, SourceLocations locations)
    {
        Set("kind", "--optimizer", Kind);
        Set("learning_rate", "--learning-rate", LearningRate);
        Set("beta", "--momentum", Momentum);
        Set("beta1", "--beta1", Beta1);
        Set("beta2", "--beta2", Beta2);
        Set("epsilon", "--epsilon", Epsilon);
        Set("weight_decay", "--weight-decay", WeightDecay);
        Set("clip", "--clip", Clip);

        void Set(string key, string option, object? value)
        {
            if (value is not null)
            {
                keys[key] = value is double number ? Finite(number, option) : JsonValue.Create((string)value);
                locations.Note(keys, key, option);
            }
        }
    }

    private static double Finite(double number, string option) =>
        double.IsFinite(number) ? number : throw new SettingsException($"{option} must be a finite number");
}
