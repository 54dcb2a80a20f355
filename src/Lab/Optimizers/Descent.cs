using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>What all update rules share: θ ← θ − η_t·direction, with weight decay in the gradient and state between steps.</summary>
internal abstract class Descent(OptimizerSettings settings) : IOptimizer
{
    /// <summary>The groups of parameters; null where all have the settings of the optimizer.</summary>
    public ParameterGroups? Groups { get; set; }

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
        var norm = settings.Clip is null ? 0 : gradient.to(ScalarType.Float64).norm().item<double>();
        var clipped = norm > settings.Clip ? gradient * Scalar(settings.Clip.Value / norm) : gradient;
        var decays = Groups?.Decays(point);
        var (direction, preconditioner) = Direction(step, settings.DecouplesDecay ? clipped : Decayed(clipped, point, decays));
        direction = settings.DecouplesDecay ? Decayed(direction, point, decays) : direction;
        direction = Groups is null ? direction : direction * Groups.Rates(point);
        var next = point - Scalar(learningRate) * direction;
        var edge = new StabilityEdge(settings.ThresholdAt(learningRate))
        {
            Preconditioner = preconditioner?.MoveToOuterDisposeScope(),
            SecondMomentDecay = settings.SecondMomentDecay,
            WeightDecay = settings.DecouplesDecay ? 0 : settings.WeightDecay,
            WeightDecays = settings.DecouplesDecay ? null : decays?.MoveToOuterDisposeScope(),
            RelativeRates = Groups?.RelativeRates(point, learningRate).MoveToOuterDisposeScope(),
        };
        return new Update(next.MoveToOuterDisposeScope(), norm > settings.Clip ? Clipped(edge, norm) : edge, learningRate);
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

    private Tensor Decayed(Tensor direction, Tensor point, Tensor? decays) =>
        decays is not null ? direction.addcmul(point, decays, Scalar(1))
        : settings.WeightDecay == 0 ? direction
        : direction.add(point, alpha: Scalar(settings.WeightDecay));

    private StabilityEdge Clipped(StabilityEdge edge, double norm)
    {
        var clipped = edge.Clipped(norm, settings.Clip!.Value);
        clipped.WeightDecays?.MoveToOuterDisposeScope();
        return clipped;
    }

    private static Tensor Zero(Tensor like) => zeros_like(like).DetachFromDisposeScope();
}
