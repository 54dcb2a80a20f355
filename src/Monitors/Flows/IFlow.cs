using static TorchSharp.torch;

namespace LossSpikes.Monitors.Flows;

/// <summary>A curve in the space of parameters that takes the place of an optimizer's steps; its unit of time is one step.</summary>
public interface IFlow : IDisposable
{
    /// <summary>Moves the objective along the flow for the time of one step.</summary>
    /// <returns>What the flow is at the start of the step.</returns>
    /// <exception cref="Autograd.DifferentiationException">The objective cannot be differentiated three times.</exception>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    FlowStep Advance();

    /// <summary>What the next step needs in addition to the objective's parameters, by name. Owned by the flow.</summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Continues from a <see cref="State"/>; the tensors are copied.</summary>
    void Restore(IReadOnlyDictionary<string, Tensor> state);

    /// <summary>The diagonal of P at the flow's point, shape [d]; null for P = I. Owned by the flow.</summary>
    Tensor? Preconditioner => null;
}
