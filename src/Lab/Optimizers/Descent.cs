using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Stability;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>What all update rules share: θ ← θ − η_t·direction, with weight decay in the gradient and state between steps.</summary>
internal abstract class Descent(OptimizerSettings settings) : IOptimizer
{
    private readonly Dictionary<string, Tensor> _state = [];

    public IReadOnlyDictionary<string, Tensor> State => _state;

    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Dispose();
        foreach (var (name, tensor) in state)
        {
            _state[name] = tensor.clone().DetachFromDisposeScope();
        }
    }

    public Update Next(long step, Tensor point, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var learningRate = settings.Schedule.At(step, settings.LearningRate);
        var (direction, preconditioner) = Direction(step, settings.WeightDecay == 0 ? gradient : gradient.add(point, alpha: Scalar(settings.WeightDecay)));
        var next = point - Scalar(learningRate) * direction;
        return new Update(next.MoveToOuterDisposeScope(), new StabilityEdge(settings.ThresholdAt(learningRate))
        {
            Preconditioner = preconditioner?.MoveToOuterDisposeScope(),
            WeightDecay = settings.WeightDecay,
        });
    }

    public void Dispose()
    {
        foreach (var tensor in _state.Values)
        {
            tensor.Dispose();
        }

        _state.Clear();
    }

    /// <summary>The direction of the step, and the P by which it is divided, if any. It belongs to the present dispose scope.</summary>
    /// <param name="step">t.</param>
    /// <param name="gradient">g(θ_t) + λθ_t.</param>
    protected abstract (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient);

    /// <summary>A quantity of the last step, zero before the first; what is done to it in place is remembered.</summary>
    protected Tensor Remembered(string name, Tensor like)
    {
        if (!_state.TryGetValue(name, out var kept))
        {
            _state[name] = kept = zeros_like(like).DetachFromDisposeScope();
        }

        return kept;
    }
}
