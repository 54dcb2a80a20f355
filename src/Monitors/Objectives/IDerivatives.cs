using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>The Taylor expansion of an <see cref="IObjective"/> at the point where it was taken: f, g, and products with H.</summary>
public interface IDerivatives : IDisposable
{
    /// <summary>f(θ).</summary>
    double Loss { get; }

    /// <summary>The share of examples that are classified correctly, 0…1; null where the objective has no classes.</summary>
    double? Accuracy { get; }

    /// <summary>g = ∇f(θ), shape [d], detached. Owned by the expansion.</summary>
    Tensor Gradient { get; }

    /// <summary>
    /// The estimated error of a product with a unit vector, as a norm; 0 where products are exact to rounding. It grows with the products asked
    /// for.
    /// </summary>
    double ProductError => 0;

    /// <summary>H·v for every row v of <paramref name="vectors"/>, shape [m, d]; the result has the same shape. Cost: m HVPs.</summary>
    /// <exception cref="InvalidOperationException">The derivatives were evaluated without curvature.</exception>
    /// <exception cref="Autograd.DifferentiationException">libtorch cannot differentiate the objective twice.</exception>
    Tensor Hvp(Tensor vectors);

    /// <summary>
    /// G·v for every row v of <paramref name="vectors"/>, shape [m, d]: G = Σ JᵀL″J over the examples, the Gauss–Newton part of H, with J the Jacobian
    /// of a network's outputs and L″ the Hessian of the loss on them. H − G holds the second derivatives of the network. Cost: m products, each
    /// one or two HVPs.
    /// </summary>
    /// <exception cref="InvalidOperationException">The derivatives were evaluated without curvature.</exception>
    /// <exception cref="Autograd.DifferentiationException">f is not known as a loss of the outputs of a network.</exception>
    Tensor GaussNewton(Tensor vectors) => throw new Autograd.DifferentiationException(
        "the Gauss–Newton matrix is that of a loss on the outputs of a network, and this objective is not known as one");

    /// <summary>
    /// ∇(uᵀH(θ)u) with u held fixed, shape [d]: the gradient of the sharpness where u is its unit eigenvector (Hellmann–Feynman;
    /// Damian 2022, arXiv 2209.15594). Cost: 6.3 gradients for dense layers, 4.0 by autograd, as measured on 64-100-100-10.
    /// </summary>
    /// <param name="direction">u, shape [d].</param>
    /// <exception cref="InvalidOperationException">The derivatives were evaluated without curvature.</exception>
    /// <exception cref="Autograd.DifferentiationException">libtorch cannot differentiate the objective three times.</exception>
    Tensor SharpnessGradient(Tensor direction);
}
