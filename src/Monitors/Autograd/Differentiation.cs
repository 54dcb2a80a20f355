using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Autograd;

/// <summary>
/// The only code that asks libtorch for derivatives. <c>torch.autograd.grad</c> ends the process on any error; the guarded
/// <c>torch.autograd.backward</c> reports it, so derivatives are computed by <c>backward</c> and read from <c>.grad</c>, whose
/// earlier content is restored.
/// </summary>
internal static class Differentiation
{
    private static readonly Lazy<bool> WarningSpent = new(SpendWarning);

    /// <summary>
    /// Σ_i ∂(outputs_i · weights_i)/∂inputs, one tensor per input, zeros where nothing depends on it.
    /// </summary>
    /// <param name="outputs">Scalars or, with <paramref name="weights"/>, tensors of any shape.</param>
    /// <param name="inputs">Leaf tensors that require gradients.</param>
    /// <param name="weights">One per output, of its shape; null when all outputs are scalars.</param>
    /// <param name="keepGraph">Keep the graph of <paramref name="outputs"/> for further calls.</param>
    /// <param name="differentiable">Return derivatives that can be differentiated again; implies <paramref name="keepGraph"/>.</param>
    /// <param name="dependent">Fail where no output depends on any input, instead of returning zeros.</param>
    /// <exception cref="DifferentiationException">A shape, dtype or graph does not allow it; nothing was changed.</exception>
    public static Tensor[] Differentiate(
        IReadOnlyList<Tensor> outputs,
        IReadOnlyList<Tensor> inputs,
        IReadOnlyList<Tensor>? weights = null,
        bool keepGraph = false,
        bool differentiable = false,
        bool dependent = false)
    {
        Check(outputs, inputs, weights);
        _ = differentiable && WarningSpent.Value;

        // An output that depends on no input would be an error; its derivative is zero.
        var used = Enumerable.Range(0, outputs.Count).Where(i => outputs[i].requires_grad).ToArray();
        var before = inputs.Select(i => i.grad).ToArray();
        SetGradients(inputs, []);
        try
        {
            if (used.Length > 0)
            {
                autograd.backward(
                    [.. used.Select(i => outputs[i])],
                    weights is null ? null : [.. used.Select(i => weights[i])],
                    retain_graph: keepGraph || differentiable,
                    create_graph: differentiable,
                    inputs: [.. inputs]);
            }

            if (dependent && inputs.All(i => i.grad is null))
            {
                throw new DifferentiationException(used.Length == 0
                    ? "the loss has no gradient: it was computed without one (no_grad, detach, eval of a constant) or from other tensors"
                    : "the loss does not depend on any watched parameter");
            }

            // Some operations (hardtanh twice) hand back a tensor that is not one: their derivative is zero.
            return [.. inputs.Select(i => i.grad is { IsInvalid: false } gradient ? gradient : zeros_like(i))];
        }
        catch (ExternalException e)
        {
            throw new DifferentiationException(NativeError.Reason(e), e);
        }
        finally
        {
            SetGradients(inputs, before);
        }
    }

    private static void Check(IReadOnlyList<Tensor> outputs, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor>? weights)
    {
        if (inputs.Count == 0)
        {
            throw new DifferentiationException("there is no parameter to differentiate by");
        }

        foreach (var input in inputs)
        {
            if (input.IsInvalid || !input.is_leaf || !input.requires_grad)
            {
                throw new DifferentiationException("every parameter must be a leaf tensor that requires gradients and is not disposed");
            }
        }

        for (var i = 0; i < outputs.Count; i++)
        {
            if (weights is null && outputs[i].numel() != 1)
            {
                throw new DifferentiationException($"the loss must be one number, but its shape is [{string.Join(", ", outputs[i].shape)}]");
            }

            if (weights is not null && !weights[i].shape.SequenceEqual(outputs[i].shape))
            {
                throw new DifferentiationException(
                    $"a vector of shape [{string.Join(", ", weights[i].shape)}] does not fit a gradient of shape [{string.Join(", ", outputs[i].shape)}]");
            }
        }
    }

    /// <summary>Sets <c>.grad</c> of each tensor; none for an empty list.</summary>
    public static void SetGradients(IReadOnlyList<Tensor> inputs, Tensor?[] gradients)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            inputs[i].grad = gradients.Length > 0 ? gradients[i] : null;
        }
    }

    private static bool SpendWarning()
    {
        ReferenceCycleWarning.Spend(() =>
        {
            using var scope = NewDisposeScope();
            using var _ = enable_grad();
            var x = ones(1, requires_grad: true);
            autograd.backward([x * x], null, retain_graph: true, create_graph: true, inputs: [x]);
            x.grad = null;
        });
        return true;
    }
}
