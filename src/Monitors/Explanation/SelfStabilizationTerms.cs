using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// The gradient of one eigenvalue, and the rates α and β that follow from its part orthogonal to the eigenvector u (Damian 2022, arXiv
/// 2209.15594, section 4.1). Cost: one ∇S.
/// </summary>
/// <remarks>
/// At an iterate displaced by x along u, the eigenvector itself has turned by x·(∇S·v_j)/(S − λ_j) along every other eigenvector v_j. To second
/// order in x, the gradient on the valley floor is therefore g⊥ + ½x²∇S⊥ + x² Σ_j λ_j/(S − λ_j)·(∇S·v_j)v_j, where the sum needs the large
/// eigenvalues only.
/// </remarks>
internal sealed class SelfStabilizationTerms
{
    private readonly Tensor _u;

    /// <param name="derivatives">At θ, with curvature.</param>
    /// <param name="eigenvalues">The tracked eigenvalues of H.</param>
    /// <param name="eigenvectors">Their unit eigenvectors, shape [m, d].</param>
    /// <param name="rank">The place of u among them, from 1.</param>
    public SelfStabilizationTerms(IDerivatives derivatives, IReadOnlyList<double> eigenvalues, Tensor eigenvectors, int rank)
    {
        _u = eigenvectors[rank - 1];
        var own = eigenvalues[rank - 1];
        SharpnessGradient = derivatives.SharpnessGradient(_u);
        SharpnessGradientNorm = Norm(SharpnessGradient);
        SharpnessGradientPerp = Perp(SharpnessGradient);
        GradientPerp = Perp(derivatives.Gradient);
        Beta = Dot(SharpnessGradientPerp, SharpnessGradientPerp);
        var x = Dot(derivatives.Gradient, _u) / own;
        double[] parts = [.. eigenvectors.mv(SharpnessGradient).to(ScalarType.Float64).cpu().data<double>()];
        parts[rank - 1] = 0;
        var coupled = parts.Zip(eigenvalues, (part, other) => part == 0 ? 0 : x * x * other / (own - other) * part).ToArray();
        FloorGradientPerp = GradientPerp.Plus(Scalar(x * x / 2) * SharpnessGradientPerp)
            .Plus(eigenvectors.t().mv(tensor(coupled, dtype: _u.dtype, device: _u.device)));
        Alpha = -Dot(FloorGradientPerp, SharpnessGradientPerp);
    }

    /// <summary>∇S, shape [d].</summary>
    public Tensor SharpnessGradient { get; }

    /// <summary>|∇S|.</summary>
    public double SharpnessGradientNorm { get; }

    /// <summary>∇S⊥, shape [d].</summary>
    public Tensor SharpnessGradientPerp { get; }

    /// <summary>g⊥, shape [d].</summary>
    public Tensor GradientPerp { get; }

    /// <summary>g⊥ on the valley floor, without the cubic term, shape [d].</summary>
    public Tensor FloorGradientPerp { get; }

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
