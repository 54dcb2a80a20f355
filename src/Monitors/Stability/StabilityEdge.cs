using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Stability;

/// <summary>
/// The stability edge of the update about to be made: it is stable while the largest eigenvalue of P⁻¹(H + λI) is below the threshold.
/// A <see cref="StabilityThreshold"/> alone is the edge of an optimizer that acts on the Hessian itself.
/// </summary>
/// <param name="Threshold">The threshold T.</param>
public sealed record StabilityEdge(StabilityThreshold Threshold)
{
    /// <summary>The diagonal of P, shape [d], see <see cref="Stability.Preconditioner"/>; null for P = I. It stays the caller's.</summary>
    public Tensor? Preconditioner { get; init; }

    /// <summary>λ, the coupled weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Whether the update is plain gradient descent on the loss itself, whose spikes the theory of self-stabilization explains.</summary>
    public bool IsPlainGradientDescent => Preconditioner is null && WeightDecay == 0 && Threshold.IsGradientDescent;

    /// <summary>The edge of an optimizer without preconditioner and weight decay.</summary>
    public static StabilityEdge FromStabilityThreshold(StabilityThreshold threshold) => new(threshold);

    /// <inheritdoc cref="FromStabilityThreshold"/>
    public static implicit operator StabilityEdge(StabilityThreshold threshold) => FromStabilityThreshold(threshold);

    /// <summary>The symmetric matrix with the eigenvalues of P⁻¹(H + λI).</summary>
    /// <param name="hessian">H.</param>
    public ILinearOperator Matrix(ILinearOperator hessian)
    {
        var shifted = WeightDecay == 0 ? hessian : new ShiftedOperator(hessian, WeightDecay);
        return Preconditioner is null ? shifted : new PreconditionedOperator(shifted, Preconditioner);
    }

    /// <summary>The directions in which θ moves when it moves along eigenvectors of <see cref="Matrix"/>, as unit vectors: P^(−½)w.</summary>
    /// <param name="eigenvectors">w, as rows, shape [k, d].</param>
    public Tensor Directions(Tensor eigenvectors)
    {
        if (Preconditioner is null)
        {
            return eigenvectors;
        }

        using var scope = NewDisposeScope();
        var directions = eigenvectors * Preconditioner.rsqrt();
        return (directions / directions.norm(1, keepdim: true)).MoveToOuterDisposeScope();
    }
}
