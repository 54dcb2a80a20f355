using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// A twice-differentiable scalar function f(θ) of d parameters, standing at one point θ: a quadratic, a curve fit and a
/// network's full-batch loss are all of this kind, so that one monitor serves them.
/// </summary>
public interface IObjective : IDisposable
{
    /// <summary>d, the number of parameters.</summary>
    long Dimension { get; }

    /// <summary>The parameters that θ consists of, in order, with their names.</summary>
    IReadOnlyList<ParameterPart> Parts => [new ParameterPart("θ", Dimension)];

    /// <summary>The floating-point type of θ and of all derivatives.</summary>
    ScalarType DataType { get; }

    /// <summary>Where θ and the derivatives live.</summary>
    Device Device { get; }

    /// <summary>
    /// The size of the loss of a model that has learned nothing, such as ½ mean |y|² for squared errors and ln C for C classes; 1 where nothing is
    /// known, and 0 where the loss at the start is the only scale. A loss far above it has diverged.
    /// </summary>
    double LossScale => 1;

    /// <summary>A copy of θ, shape [d].</summary>
    Tensor GetParameters();

    /// <summary>Moves to <paramref name="point"/>, shape [d]; the tensor is copied.</summary>
    void SetParameters(Tensor point);

    /// <summary>
    /// What training moves apart from θ, by name: the running statistics of BatchNorm. They move once for each <see cref="SetParameters"/>, by the
    /// evaluation before it. Empty for most; the tensors are the objective's own.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> Buffers => new Dictionary<string, Tensor>();

    /// <summary>Returns to earlier <see cref="Buffers"/>; the tensors are copied.</summary>
    void RestoreBuffers(IReadOnlyDictionary<string, Tensor> buffers)
    {
    }

    /// <summary>
    /// Evaluates f and its gradient at θ. Cost: one gradient, or about two when <paramref name="curvature"/> is asked for and
    /// the graph of the gradient is kept for Hessian–vector products. The derivatives are valid until θ moves.
    /// </summary>
    /// <exception cref="Autograd.DifferentiationException">f has no gradient.</exception>
    IDerivatives Evaluate(bool curvature);

    /// <summary>f(θ), also where f has no gradient. Cost: one evaluation.</summary>
    double EvaluateLoss()
    {
        using var derivatives = Evaluate(curvature: false);
        return derivatives.Loss;
    }

    /// <summary>
    /// Looks at what may have changed outside since the last step: which parameters require gradients, and which tensors they are.
    /// </summary>
    /// <returns>What has changed, as a sentence, or null. After a change θ has other components, and what was tracked along it is void.</returns>
    string? Refresh() => null;

    /// <summary>Sentences about how f is evaluated that a reader of the record must know; each is returned once.</summary>
    IReadOnlyList<string> TakeNotices() => [];
}

/// <summary>One parameter of an objective: a part of θ.</summary>
/// <param name="Name">Its name, such as <c>0.weight</c>.</param>
/// <param name="Numbers">How many numbers it holds.</param>
public sealed record ParameterPart(string Name, long Numbers);
