namespace LossSpikes.Monitors;

/// <summary>
/// The quantities of one step that the theory of self-stabilization needs (Damian, Nichani and Lee 2022, arXiv 2209.15594): u = v₁, S = λ₁,
/// g the gradient, all at the iterate θ_t; ⊥ is the part orthogonal to u. Lists go over every tracked eigenvector, guards too,
/// in the order of the eigenvalues.
/// </summary>
public sealed record StepExplanation
{
    /// <summary>The eigenvalues beyond those reported.</summary>
    public required IReadOnlyList<double> Guards { get; init; }

    /// <summary>
    /// The alternating part (x_t − 2x_{t−1} + x_{t−2})/4 of the displacement along each vector: its oscillation. Taken from the last
    /// three gradients along the present vector, so it does not suffer when eigenvectors turn or change places. Empty before step 2.
    /// </summary>
    public IReadOnlyList<double> Oscillations { get; init; } = [];

    /// <summary>A number for each vector that stays with it when eigenvalues change places.</summary>
    public required IReadOnlyList<int> Modes { get; init; }

    /// <summary>
    /// Σ ½λ_i x_i² over the tracked vectors with λ_i &gt; T/2, along which a step overshoots: the part of the loss that the displacements
    /// add.
    /// </summary>
    public required double OscillationEnergy { get; init; }

    /// <summary>
    /// The cosine between the last two changes of the gradient in the space of these vectors: negative where the oscillation changed sides, −1
    /// where all of it did. The vectors may turn among each other and change places. Null before step 2.
    /// </summary>
    public double? Alternation { get; init; }

    /// <summary>
    /// α, the rate of progressive sharpening −g⊥·∇S⊥ on the valley floor. At an iterate displaced by x the eigenvector has turned, and
    /// −g⊥·∇S⊥ is too high by ½x²β + x² Σ_j λ_j/(S − λ_j)·(∇S·v_j)², the sum over the other tracked vectors, which is subtracted. Null where
    /// ∇S was not measured, like all that follow, and where the eigenvector has turned by more than a quarter.
    /// </summary>
    public double? Alpha { get; init; }

    /// <summary>β = |∇S⊥|², the strength of the cubic term.</summary>
    public double? Beta { get; init; }

    /// <summary>δ = √(2α/β), the displacement at which the sharpness stops rising; null where α is negative.</summary>
    public double? Delta { get; init; }

    /// <summary>x = u·g/S, the displacement along u.</summary>
    public double? X { get; init; }

    /// <summary>Its alternating part: the oscillation.</summary>
    public double? XAlternating { get; init; }

    /// <summary>Its slow part (x_t + 2x_{t−1} + x_{t−2})/4: the drift.</summary>
    public double? XSlow { get; init; }

    /// <summary>y = S − T.</summary>
    public double? Y { get; init; }

    /// <summary>|∇S|.</summary>
    public double? SharpnessGradientNorm { get; init; }

    /// <summary>The share of |g|² in the linear term xSu.</summary>
    public double? LinearShare { get; init; }

    /// <summary>
    /// The share of |g|² that the cubic term explains in addition, −½x²∇S⊥ − x² Σ_j λ_j/(S − λ_j)·(∇S·v_j)v_j (minus, since u has turned: see
    /// <see cref="Alpha"/>); negative where it does not fit.
    /// </summary>
    public double? CubicShare { get; init; }

    /// <summary>The remaining share of |g|²: the descent along the valley and all higher terms.</summary>
    public double? RemainingShare { get; init; }

    /// <summary>
    /// The cosine, orthogonal to u, between −∇S⊥ and the last two steps together, in which the oscillation cancels: 1 where the motion lowers
    /// the sharpness as fast as possible.
    /// </summary>
    public double? Alignment { get; init; }

    /// <summary>A mode whose oscillation has just left the noise; null at all other steps.</summary>
    public Burst? Burst { get; init; }
}

/// <summary>The oscillation along one tracked vector began to grow out of the noise.</summary>
/// <param name="Rank">Its place among the eigenvalues, from 1.</param>
/// <param name="Alpha">α with this vector in the place of u; NaN where it could not be measured.</param>
/// <param name="Beta">β likewise.</param>
public sealed record Burst(int Rank, double Alpha, double Beta);
