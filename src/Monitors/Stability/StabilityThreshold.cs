using System.Globalization;

namespace LossSpikes.Monitors;

/// <summary>
/// The largest eigenvalue at which an optimizer still converges on a quadratic: its edge of stability. Above it, the
/// iterates oscillate along the eigenvector and grow. Which matrix the eigenvalue belongs to, <see cref="StabilityEdge"/> says.
/// </summary>
/// <param name="Value">
/// T, in the units of the matrix's eigenvalues (of the Hessian: loss per parameter²); infinite for a step size of 0, NaN where no threshold
/// is known.
/// </param>
/// <param name="Formula">How T follows from the optimizer's settings, for labels: <c>2/η</c>.</param>
public sealed record StabilityThreshold(double Value, string Formula)
{
    /// <summary>η, the learning rate that <see cref="Value"/> follows from; null where the caller gave the value alone.</summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// The value at which batch sharpness hovers under batches so small that noise decides, 2/η of the effective learning rate: 2(1−β)/η for
    /// momentum (arXiv 2604.14108), 2/η without. Null where it is not known.
    /// </summary>
    public double? SmallBatchValue { get; init; }

    /// <summary>Whether the optimizer is gradient descent without momentum.</summary>
    internal bool IsGradientDescent { get; init; }

    /// <summary>No known threshold: <see cref="Value"/> is NaN, nothing is ever above it, and no ratio S/T is recorded.</summary>
    public static StabilityThreshold None { get; } = new(double.NaN, "–");

    /// <summary>Gradient descent with learning rate η: 2/η (Cohen 2021, arXiv 2103.00065).</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite.</exception>
    public static StabilityThreshold GradientDescent(double learningRate) =>
        Of(2, learningRate, "2/η", small: 2) with { IsGradientDescent = true };

    /// <summary>Polyak's momentum β, as torch's SGD with dampening 0 has it: (2+2β)/η (Cohen 2021).</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite, or β not in [0, 1).</exception>
    public static StabilityThreshold Momentum(double learningRate, double beta) => Of(2 + 2 * Checked(beta), learningRate, "(2+2β)/η", small: 2 - 2 * beta);

    /// <summary>
    /// torch's SGD with momentum β and dampening τ, m ← βm + (1−τ)g, θ ← θ − ηm: (2+2β)/(η(1−τ)). Without momentum the dampening has no
    /// effect.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite, or β or τ not in [0, 1).</exception>
    public static StabilityThreshold Sgd(double learningRate, double momentum = 0, double dampening = 0, bool nesterov = false) =>
        momentum == 0 ? GradientDescent(learningRate)
        : nesterov ? Nesterov(learningRate, momentum)
        : dampening == 0 ? Momentum(learningRate, momentum)
        : Of((2 + 2 * Checked(momentum)) / (1 - Checked(dampening)), learningRate, "(2+2β)/(η(1−τ))");

    /// <summary>Nesterov's momentum β, as torch's SGD has it: (2+2β)/(η(1+2β)) (Cohen 2021).</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite, or β not in [0, 1).</exception>
    public static StabilityThreshold Nesterov(double learningRate, double beta) =>
        Of((2 + 2 * Checked(beta)) / (1 + 2 * beta), learningRate, "(2+2β)/(η(1+2β))");

    /// <summary>An exponential moving average of gradients, as torch's SGD with dampening β: (2+2β)/(η(1−β)) (Cohen 2022, arXiv 2207.14484).</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite, or β not in [0, 1).</exception>
    public static StabilityThreshold EmaMomentum(double learningRate, double beta) => Of(Averaged(beta), learningRate, "(2+2β)/(η(1−β))", small: 2);

    /// <summary>RMSProp, for the eigenvalues of P⁻¹H: 2/η (Cohen 2022); with torch's momentum β on the preconditioned gradient, (2+2β)/η.</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite, or β not in [0, 1).</exception>
    public static StabilityThreshold RmsProp(double learningRate, double momentum = 0) =>
        momentum == 0 ? Of(2, learningRate, "2/η", small: 2) : Momentum(learningRate, momentum);

    /// <summary>Adam, for the eigenvalues of P⁻¹H: (2+2β₁)/(η(1−β₁)), which is 38/η at β₁ = 0.9 (Cohen 2022).</summary>
    /// <exception cref="ArgumentOutOfRangeException">η is negative or not finite, or β₁ not in [0, 1).</exception>
    public static StabilityThreshold Adam(double learningRate, double beta1 = 0.9) =>
        Of(Averaged(beta1), learningRate, string.Create(CultureInfo.InvariantCulture, $"{Averaged(beta1):G4}/η"), small: 2);

    /// <summary>
    /// AdamW with decoupled weight decay λ, for the eigenvalues of P⁻¹H, without λ: (1+β₁)(2−ηλ)/((1−β₁)η). With P fixed, an oscillation
    /// θ_t ∝ (−1)ᵗ keeps its amplitude exactly there, and no complex pair leaves the unit circle before.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">η or λ is negative or not finite, or β₁ not in [0, 1).</exception>
    public static StabilityThreshold AdamW(double learningRate, double weightDecay, double beta1 = 0.9)
    {
        if (!(weightDecay >= 0 && double.IsFinite(weightDecay)))
        {
            throw new ArgumentOutOfRangeException(nameof(weightDecay), weightDecay, "the weight decay must be finite and not negative");
        }

        return weightDecay == 0
            ? Adam(learningRate, beta1)
            : Of(Averaged(beta1) * (1 - learningRate * weightDecay / 2), learningRate, "(1+β₁)(2−ηλ)/((1−β₁)η)", small: 2);
    }

    /// <summary>This threshold under gradients that clipping shortens by a factor: see <see cref="StabilityEdge.Clipped"/>.</summary>
    /// <param name="factor">|g|/c, above 1.</param>
    internal StabilityThreshold Clipped(double factor) => this with
    {
        Value = Value * factor,
        SmallBatchValue = SmallBatchValue * factor,
        Formula = $"{Formula}·|g|/c",
        IsGradientDescent = false,
    };

    private static double Averaged(double beta) => (2 + 2 * Checked(beta)) / (1 - beta);

    private static StabilityThreshold Of(double numerator, double learningRate, string formula, double? small = null) =>
        learningRate >= 0 && double.IsFinite(learningRate)
            ? new StabilityThreshold(numerator / learningRate, formula) { LearningRate = learningRate, SmallBatchValue = small / learningRate }
            : throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "the learning rate must be finite and not negative");

    private static double Checked(double beta) => beta is >= 0 and < 1
        ? beta
        : throw new ArgumentOutOfRangeException(nameof(beta), beta, "the momentum must be at least 0 and less than 1");
}
