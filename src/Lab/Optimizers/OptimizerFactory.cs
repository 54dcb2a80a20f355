using LossSpikes.Lab.Experiments;

namespace LossSpikes.Lab.Optimizers;

/// <summary>Makes the optimizer that an experiment describes.</summary>
internal static class OptimizerFactory
{
    public static IOptimizer Create(OptimizerSettings settings) => settings switch
    {
        GradientDescentSettings gd => new GradientDescent(gd),
        MomentumSettings momentum => new Momentum(momentum),
        EmaMomentumSettings momentum => new EmaMomentum(momentum),
        RmsPropSettings rmsProp => new RmsProp(rmsProp),
        AdamSettings adam => new Adam(adam),
        _ => throw new NotSupportedException(settings.GetType().Name),
    };
}
