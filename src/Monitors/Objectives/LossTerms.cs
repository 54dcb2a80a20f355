using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// The terms of a loss, written by a user, and the rules under which they are evaluated: with gradients enabled; without the gradients of the
/// training loop in <c>.grad</c>, which come back afterwards; and with the same random numbers at every evaluation of a step.
/// </summary>
internal sealed class LossTerms(ParameterSet parameters, IReadOnlyList<Func<LossTerm>> terms, Surroundings surroundings)
{
    private Surroundings.Snapshot? _start;
    private int _open;

    /// <summary>How many there are.</summary>
    public int Count => terms.Count;

    /// <summary>The parameters by which they are differentiated.</summary>
    public IReadOnlyList<Tensor> Parameters => parameters.Tensors;

    /// <summary>Whether an evaluation was seen to change the parameters.</summary>
    public bool MovesParameters { get; private set; }

    /// <summary>Begins or continues the evaluations of a step; <see cref="Close"/> must follow.</summary>
    public void Open()
    {
        _start ??= surroundings.Save();
        _open++;
    }

    /// <summary>Ends what <see cref="Open"/> began; the last one puts back what the evaluations have changed.</summary>
    public void Close()
    {
        if (--_open == 0)
        {
            _start!.Restore();
            _start.Dispose();
            _start = null;
        }
    }

    /// <summary>
    /// Evaluates the terms, one after the other, from the random state of the step. Call it between <see cref="Open"/> and <see cref="Close"/>.
    /// </summary>
    /// <exception cref="DifferentiationException">A term is not a loss.</exception>
    public IEnumerable<LossTerm> Evaluate()
    {
        _start!.Restore();
        return terms.Select(Evaluate);
    }

    /// <summary>f(θ) without a gradient. Cost: one evaluation.</summary>
    public double Loss()
    {
        using var scope = NewDisposeScope();
        Open();
        try
        {
            return Evaluate().Sum(term => Number(term.Loss));
        }
        finally
        {
            Close();
        }
    }

    /// <summary>
    /// Evaluates f twice at one point, and a third time with the same random numbers where the two differ. Cost: two or three evaluations.
    /// </summary>
    /// <returns>What is wrong, as a sentence, or null.</returns>
    /// <param name="objective">The objective of these terms: it is put back where the loss moves its parameters.</param>
    public string? Repeatability(IObjective objective)
    {
        using var scope = NewDisposeScope();
        var point = objective.GetParameters();
        Open();
        try
        {
            var (first, second) = (Evaluate().Sum(t => Number(t.Loss)), terms.Select(Evaluate).Sum(t => Number(t.Loss)));
            if (!Surroundings.Same(point, objective.GetParameters()))
            {
                objective.SetParameters(point);
                MovesParameters = true;
                return "the loss function changes the parameters, which were put back: it must only evaluate the loss";
            }

            return Same(first, second) ? null
                : Same(first, Evaluate().Sum(t => Number(t.Loss)))
                    ? FormattableString.Invariant($"the loss is random ({first:G6}, then {second:G6} at the same parameters): the sharpness is that of one ")
                        + "draw a step, such as one dropout mask; for that of the network itself, evaluate the loss in eval mode"
                : FormattableString.Invariant($"the loss differs between two evaluations at the same parameters ({first:G6}, then {second:G6}), and not by ")
                    + "libtorch's random numbers: choose the batch outside the loss function, so that a step has one loss";
        }
        finally
        {
            Close();
        }
    }

    private bool Same(double a, double b) =>
        a.Equals(b) || Math.Abs(a - b) <= 64 * FloatingPoint.Epsilon(parameters.Tensors[0].dtype) * Math.Max(Math.Abs(a), Math.Abs(b));

    private static double Number(Tensor loss) => loss.detach().to(ScalarType.Float64).cpu().item<double>();

    private LossTerm Evaluate(Func<LossTerm> term)
    {
        using var _ = enable_grad();
        var before = parameters.Tensors.Select(p => p.grad).ToArray();
        Differentiation.SetGradients(parameters.Tensors, []);
        try
        {
            var value = term();
            if (parameters.Tensors.Any(p => p.grad is not null))
            {
                throw new DifferentiationException("the loss function calls backward itself: it must return the loss, and the training loop call backward");
            }

            return value.Loss is null ? throw new DifferentiationException("the loss function returned null")
                : value.Loss.IsInvalid ? throw new DifferentiationException(
                    "the loss function returned a tensor that has been disposed: move it out of the function's dispose scope")
                : value.Loss.numel() != 1 ? throw new DifferentiationException(
                    $"the loss must be one number, but its shape is [{string.Join(", ", value.Loss.shape)}]: take the mean or the sum")
                : value;
        }
        finally
        {
            Differentiation.SetGradients(parameters.Tensors, before);
        }
    }
}
