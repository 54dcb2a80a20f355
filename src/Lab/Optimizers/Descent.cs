using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>What all update rules share: θ ← θ − η_t·direction, with weight decay in the gradient and state between steps.</summary>
internal abstract class Descent(OptimizerSettings settings) : IOptimizer
{
    public OptimizerState State { get; private set; } = OptimizerState.Empty;

    public void Restore(OptimizerState state)
    {
        var copy = state.Map(tensor => tensor.clone().DetachFromDisposeScope());
        Dispose();
        State = copy;
    }

    public Update Next(long step, Tensor point, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var learningRate = settings.LearningRateAt(step);
        var (direction, preconditioner) = Direction(step, settings.WeightDecay == 0 ? gradient : gradient.add(point, alpha: Scalar(settings.WeightDecay)));
        var next = point - Scalar(learningRate) * direction;
        var edge = new StabilityEdge(settings.ThresholdAt(learningRate))
        {
            Preconditioner = preconditioner?.MoveToOuterDisposeScope(),
            WeightDecay = settings.WeightDecay,
        };
        return new Update(next.MoveToOuterDisposeScope(), edge, learningRate);
    }

    public void Dispose()
    {
        foreach (var tensor in State.ToTensors().Values)
        {
            tensor.Dispose();
        }

        State = OptimizerState.Empty;
    }

    /// <summary>The direction of the step, and the P by which it is divided, if any. It belongs to the present dispose scope.</summary>
    /// <param name="step">t.</param>
    /// <param name="gradient">g(θ_t) + λθ_t.</param>
    protected abstract (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient);

    /// <summary>m of the last step, zero before the first; changes in place are remembered.</summary>
    /// <param name="like">A tensor of its shape and dtype.</param>
    protected Tensor FirstMoment(Tensor like)
    {
        State = State with { FirstMoment = State.FirstMoment ?? Zero(like) };
        return State.FirstMoment;
    }

    /// <summary>v of the last step, zero before the first; changes in place are remembered.</summary>
    /// <param name="like">A tensor of its shape and dtype.</param>
    protected Tensor SecondMoment(Tensor like)
    {
        State = State with { SecondMoment = State.SecondMoment ?? Zero(like) };
        return State.SecondMoment;
    }

    /// <summary>A quantity of the last step that is neither moment, zero before the first; changes in place are remembered.</summary>
    /// <param name="name">Its name in checkpoints.</param>
    /// <param name="like">A tensor of its shape and dtype.</param>
    protected Tensor Remembered(string name, Tensor like)
    {
        if (!State.Others.TryGetValue(name, out var kept))
        {
            kept = Zero(like);
            State = State with { Others = new Dictionary<string, Tensor>(State.Others) { [name] = kept } };
        }

        return kept;
    }

    private static Tensor Zero(Tensor like) => zeros_like(like).DetachFromDisposeScope();
}
