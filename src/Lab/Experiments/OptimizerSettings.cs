using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LossSpikes.Lab.Experiments;

/// <summary>An update rule. A new kind is one more record and its attribute here.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(GradientDescentSettings), "gd")]
internal abstract record OptimizerSettings;

/// <summary>Plain gradient descent.</summary>
[Description("Gradient descent: θ ← θ − η ∇f(θ). On a quadratic it is stable while the sharpness stays below 2/η.")]
internal sealed record GradientDescentSettings : OptimizerSettings
{
    [Description("The step size η.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public required double LearningRate { get; init; }
}
