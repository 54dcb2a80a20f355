using static TorchSharp.torch;

namespace LossSpikes.Monitors.Layers;

/// <summary>
/// One layer y(x) in one pass through a network: the rules of backpropagation, and the derivative along v of each by the R-operator
/// (Pearlmutter 1994, Fast Exact Multiplication by the Hessian), R{x} standing for that of x.
/// </summary>
/// <remarks>
/// The rules are called in this order, for a product the last two. A layer may overwrite the errors that it is given, and returns its own in new
/// memory or in theirs. All tensors belong to the present dispose scope.
/// </remarks>
internal abstract class Layer
{
    /// <summary>y, shape [n, …]; gradients are off.</summary>
    /// <param name="x">The input, shape [n, …].</param>
    public abstract Tensor Forward(Tensor x);

    /// <summary>∂f/∂x, or null where it is not wanted.</summary>
    /// <param name="error">∂f/∂y.</param>
    /// <param name="toInput">Whether ∂f/∂x is wanted.</param>
    /// <param name="curvature">Whether products will be asked for.</param>
    public abstract Tensor? Backward(Tensor error, bool toInput, bool curvature);

    /// <summary>Adds the gradient to <paramref name="sum"/>, one tensor for each parameter of the layer.</summary>
    public virtual void AddGradient(Tensor[] sum)
    {
    }

    /// <summary>R{y}.</summary>
    /// <param name="moved">R{x}; null where the input does not depend on parameters.</param>
    /// <param name="v">v, one tensor for each parameter of the layer.</param>
    public abstract Tensor ForwardAlong(Tensor? moved, Tensor[] v);

    /// <summary>R{∂f/∂x}, or null where it is not wanted. Adds the layer's part of H·v to <paramref name="sum"/>.</summary>
    /// <param name="turned">R{∂f/∂y}.</param>
    /// <param name="toInput">Whether R{∂f/∂x} is wanted.</param>
    /// <param name="v">v, one tensor for each parameter of the layer.</param>
    /// <param name="sum">One tensor for each parameter of the layer.</param>
    public abstract Tensor? BackwardAlong(Tensor turned, bool toInput, Tensor[] v, Tensor[] sum);

    /// <summary>What <see cref="AddGradient"/> and products need.</summary>
    public abstract IEnumerable<Tensor?> Kept { get; }
}
