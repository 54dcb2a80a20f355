using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Optimizers;

/// <summary>
/// The update rule of one group of parameters of a TorchSharp optimizer, read from its options: the threshold, the coupled weight decay and
/// the preconditioner. Another optimizer needs one more case in <see cref="Of"/>.
/// </summary>
/// <param name="Threshold">The threshold that the group would have by itself.</param>
internal sealed record UpdateRule(StabilityThreshold Threshold)
{
    /// <summary>λ, the weight decay that is added to the gradient.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The diagonal of P of one parameter, in its shape, from its state and its gradient, weight decay included; null for P = I.</summary>
    public Func<OptimizerState, Tensor, Tensor>? Preconditioner { get; init; }

    /// <summary>The rule of a group, or null where no stability threshold is known for it.</summary>
    public static UpdateRule? Of(OptimizerOptions options) => options switch
    {
        SGD.Options { maximize: not true } o => new(StabilityThreshold.Sgd(Rate(o), o.momentum ?? 0, o.dampening ?? 0, o.nesterov ?? false))
        {
            WeightDecay = o.weight_decay ?? 0,
        },
        Adam.Options { maximize: not true } o => new(StabilityThreshold.Adam(Rate(o), o.beta1!.Value))
        {
            WeightDecay = o.weight_decay ?? 0,
            Preconditioner = (state, g) => state is Adam.State s
                ? Adaptive(s.exp_avg_sq, s.max_exp_avg_sq, o.amsgrad, s.step, g, (o.beta1!.Value, o.beta2!.Value, o.eps!.Value))
                : throw Unexpected(state),
        },
        AdamW.Options { maximize: not true } o => new(StabilityThreshold.AdamW(Rate(o), o.weight_decay ?? 0, o.beta1!.Value))
        {
            Preconditioner = (state, g) => state is AdamW.State s
                ? Adaptive(s.exp_avg_sq, s.max_exp_avg_sq, o.amsgrad, s.step, g, (o.beta1!.Value, o.beta2!.Value, o.eps!.Value))
                : throw Unexpected(state),
        },
        RMSProp.Options { maximize: not true } o => new(StabilityThreshold.RmsProp(Rate(o), o.momentum ?? 0))
        {
            WeightDecay = o.weight_decay ?? 0,
            Preconditioner = (state, g) => state is RMSProp.State s ? Scaled(s, g, o) : throw Unexpected(state),
        },
        _ => null,
    };

    private static double Rate(OptimizerOptions options) => options.LearningRate ?? 0;

    private static Tensor Adaptive(
        Tensor secondMoment, Tensor? largest, bool? amsgrad, long step, Tensor gradient, (double Beta1, double Beta2, double Epsilon) settings)
    {
        var moment = Average(secondMoment, gradient * gradient, settings.Beta2);
        moment = amsgrad == true && largest is not null ? maximum(largest, moment) : moment;
        return Monitors.Preconditioner.Adam(moment, step, settings.Beta1, settings.Beta2, settings.Epsilon);
    }

    private static Tensor Scaled(RMSProp.State state, Tensor gradient, RMSProp.Options options)
    {
        var moment = Average(state.square_avg, gradient * gradient, options.alpha!.Value);
        if (options.centered == true && state.grad_avg is { } mean)
        {
            mean = Average(mean, gradient, options.alpha.Value);
            moment = moment - mean * mean;
        }

        return Monitors.Preconditioner.RmsProp(moment, options.eps!.Value);
    }

    /// <summary>The moving average that the update about to be made will use.</summary>
    private static Tensor Average(Tensor average, Tensor value, double decay) => (average * Scalar(decay)).Plus(value * Scalar(1 - decay));

    private static InvalidOperationException Unexpected(OptimizerState state) =>
        new($"a state of {state.GetType().DeclaringType?.Name} is not that of the options");
}
