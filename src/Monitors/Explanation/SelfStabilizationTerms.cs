using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// The gradient of one eigenvalue, and the rates α and β that follow from its part orthogonal to the eigenvector u (Damian 2022, arXiv
/// 2209.15594, section 4.1). Cost: one ∇S.
/// </summary>
internal sealed class SelfStabilizationTerms
{
    private readonly Tensor _u;

    /// <param name="derivatives">At θ, with curvature.</param>
    /// <param name="u">The unit eigenvector, shape [d].</param>
    /// <param name="eigenvalue">Its eigenvalue.</param>
    public SelfStabilizationTerms(IDerivatives derivatives, Tensor u, double eigenvalue)
    {
        _u = u;
        SharpnessGradient = derivatives.SharpnessGradient(u);
        SharpnessGradientNorm = Norm(SharpnessGradient);
        SharpnessGradientPerp = Perp(SharpnessGradient);
        GradientPerp = Perp(derivatives.Gradient);
        Beta = Dot(SharpnessGradientPerp, SharpnessGradientPerp);
        var x = Dot(derivatives.Gradient, u) / eigenvalue;
        Alpha = -Dot(GradientPerp, SharpnessGradientPerp) - x * x / 2 * Beta;
    }

    /// <summary>∇S, shape [d].</summary>
    public Tensor SharpnessGradient { get; }

    /// <summary>|∇S|.</summary>
    public double SharpnessGradientNorm { get; }

    /// <summary>∇S⊥, shape [d].</summary>
    public Tensor SharpnessGradientPerp { get; }

    /// <summary>g⊥, shape [d].</summary>
    public Tensor GradientPerp { get; }

    /// <summary>α on the valley floor, see <see cref="StepExplanation.Alpha"/>.</summary>
    public double Alpha { get; }

    /// <summary>β = |∇S⊥|².</summary>
    public double Beta { get; }

    /// <summary>The cosine between ∇S⊥ and the part of a sum of gradients orthogonal to u.</summary>
    public double Alignment(Tensor gradients)
    {
        var perp = Perp(gradients);
        return Dot(perp, SharpnessGradientPerp) / (Norm(perp) * Math.Sqrt(Beta));
    }

    private Tensor Perp(Tensor vector) => vector - _u * vector.dot(_u);

    private static double Dot(Tensor a, Tensor b) => a.dot(b).to(ScalarType.Float64).item<double>();

    private static double Norm(Tensor a) => Math.Sqrt(Dot(a, a));
}
