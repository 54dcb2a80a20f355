using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The stability edge of the update about to be made: it is stable while the largest eigenvalue of ΛP⁻¹(H + D) is below the threshold.
/// A <see cref="StabilityThreshold"/> alone is the edge of an optimizer that acts on the Hessian itself. Tensors stay the caller's.
/// </summary>
/// <param name="Threshold">The threshold T.</param>
public sealed record StabilityEdge(StabilityThreshold Threshold)
{
    /// <summary>The diagonal of P, shape [d], computed by the class of the same name; null for P = I.</summary>
    public Tensor? Preconditioner { get; init; }

    /// <summary>λ, the coupled weight decay: D = λI.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// The diagonal of D, shape [d], where groups of parameters have different coupled weight decays; null where <see cref="WeightDecay"/>
    /// holds for all.
    /// </summary>
    public Tensor? WeightDecays { get; init; }

    /// <summary>
    /// The diagonal of Λ, shape [d]: T over the threshold that each parameter's own group would have. It is η_i/η₁ where groups differ in the
    /// learning rate alone, and 0 for a group whose rate is 0. Null for Λ = I.
    /// </summary>
    /// <remarks>
    /// An oscillation θ_t ∝ (−1)ᵗ keeps its amplitude where T_i·θ_i = (P⁻¹(H + D)θ)_i for every i, T_i the threshold of the update rule of
    /// parameter i: that is an eigenvector of ΛP⁻¹(H + D) with the eigenvalue T.
    /// </remarks>
    public Tensor? RelativeRates { get; init; }

    /// <summary>β₂, the share of v that the preconditioner keeps from step to step; null where it is not known, or there is none.</summary>
    public double? SecondMomentDecay { get; init; }

    /// <summary>Whether the update is plain gradient descent on the loss itself, whose spikes the theory of self-stabilization explains.</summary>
    public bool IsPlainGradientDescent => ActsOnHessian && WeightDecay == 0 && WeightDecays is null && Threshold.IsGradientDescent;

    /// <summary>Whether the eigenvectors are those of H, as they are without preconditioner, groups and clipping.</summary>
    internal bool ActsOnHessian => Preconditioner is null && RelativeRates is null;

    /// <summary>By how much products with <see cref="Matrix"/> are larger than those with H, at most.</summary>
    internal double LargestScale
    {
        get
        {
            using var scope = NewDisposeScope();
            return Scale()?.max().to(ScalarType.Float64).item<double>() is { } scale ? scale * scale : 1;
        }
    }

    /// <summary>The edge of an optimizer without preconditioner and weight decay.</summary>
    public static StabilityEdge FromStabilityThreshold(StabilityThreshold threshold) => new(threshold);

    /// <inheritdoc cref="FromStabilityThreshold"/>
    public static implicit operator StabilityEdge(StabilityThreshold threshold) => FromStabilityThreshold(threshold);

    /// <summary>
    /// The edge while gradients are clipped: an update with the gradient g·c/|g| is the update with g under a threshold that is |g|/c times
    /// higher; for gradient descent, T = 2|g|/(ηc). Exact for gradient descent; with momentum, while |g| changes slowly.
    /// </summary>
    /// <param name="gradientNorm">|g| before clipping.</param>
    /// <param name="clipNorm">c, the largest norm of a gradient.</param>
    /// <returns>This edge where |g| ≤ c.</returns>
    public StabilityEdge Clipped(double gradientNorm, double clipNorm)
    {
        var factor = gradientNorm / clipNorm;
        return !(factor > 1) || !double.IsFinite(factor) ? this : this with
        {
            Threshold = Threshold.Clipped(factor),
            WeightDecay = WeightDecay * factor, // the decay is added after clipping
            WeightDecays = WeightDecays is null ? null : WeightDecays * Scalar(factor),
        };
    }

    /// <summary>The symmetric matrix with the eigenvalues of ΛP⁻¹(H + D): Λ^½P^(−½)(H + D)P^(−½)Λ^½.</summary>
    /// <param name="hessian">H.</param>
    public ILinearOperator Matrix(ILinearOperator hessian)
    {
        var shifted = WeightDecays is not null ? new ShiftedOperator(hessian, WeightDecays)
            : WeightDecay == 0 ? hessian
            : new ShiftedOperator(hessian, WeightDecay);
        return ActsOnHessian ? shifted : new ScaledOperator(shifted, Scale()!);
    }

    /// <summary>The directions in which θ moves when it moves along eigenvectors of <see cref="Matrix"/>, as unit vectors: Λ^½P^(−½)w.</summary>
    /// <param name="eigenvectors">w, as rows, shape [k, d].</param>
    public Tensor Directions(Tensor eigenvectors)
    {
        if (ActsOnHessian)
        {
            return eigenvectors;
        }

        using var scope = NewDisposeScope();
        var directions = eigenvectors * Scale()!;
        var lengths = directions.norm(1, keepdim: true);
        lengths = lengths.where(lengths > Scalar(0), ones_like(lengths)); // a frozen direction moves nothing
        return (directions / lengths).MoveToOuterDisposeScope();
    }

    /// <summary>The eigenvectors of <see cref="Matrix"/>, as unit vectors, along which θ moves in the given directions.</summary>
    /// <param name="directions">Rows of <see cref="Directions"/>, shape [k, d].</param>
    internal Tensor Eigenvectors(Tensor directions)
    {
        if (ActsOnHessian)
        {
            return directions;
        }

        using var scope = NewDisposeScope();
        var scale = Scale()!;
        var vectors = (directions / scale).where(scale > Scalar(0), zeros_like(directions)); // frozen parameters do not move
        return (vectors / vectors.norm(1, keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <summary>Λ^½P^(−½)·v.</summary>
    /// <param name="vector">v, shape [d] or, as rows, [m, d].</param>
    internal Tensor Scaled(Tensor vector) => ActsOnHessian ? vector : vector * Scale()!;

    /// <summary>The gradient with coupled weight decay, g + Dθ.</summary>
    /// <param name="gradient">g, shape [d].</param>
    /// <param name="point">θ, shape [d].</param>
    internal Tensor WithDecay(Tensor gradient, Tensor point) => WeightDecays is not null ? gradient.addcmul(point, WeightDecays, Scalar(1))
        : WeightDecay == 0 ? gradient
        : gradient.add(point, alpha: Scalar(WeightDecay));

    /// <summary>The diagonal of Λ^½P^(−½).</summary>
    private Tensor? Scale()
    {
        using var scope = NewDisposeScope();
        return ((Preconditioner, RelativeRates) switch
        {
            ({ } p, null) => p.rsqrt(),
            (null, { } rates) => rates.sqrt(),
            ({ } p, { } rates) => rates.sqrt() * p.rsqrt(),
            _ => null,
        })?.MoveToOuterDisposeScope();
    }
}
