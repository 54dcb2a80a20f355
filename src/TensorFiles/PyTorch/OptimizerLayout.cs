using TorchSharp.Modules;
using static LossSpikes.TensorFiles.PyTorch.OptimizerSlot;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.PyTorch;

/// <summary>PyTorch's names for the state and the options of TorchSharp's optimizers. Another optimizer needs one more case in each.</summary>
internal static class OptimizerLayout
{
    /// <summary>The state of the parameter <paramref name="p"/>.</summary>
    /// <exception cref="NotSupportedException">The optimizer is none of those that are listed here.</exception>
    public static IReadOnlyList<OptimizerSlot> State(OptimizerState state, Tensor p) => state switch
    {
        SGD.State s => [Buffer("momentum_buffer", p, s.momentum_buffer, t => s.momentum_buffer = t, Beginning.Nothing)],
        Adam.State s =>
        [
            Step(s.step, n => s.step = n),
            Buffer("exp_avg", p, s.exp_avg, t => s.exp_avg = t),
            Buffer("exp_avg_sq", p, s.exp_avg_sq, t => s.exp_avg_sq = t),
            Buffer("max_exp_avg_sq", p, s.max_exp_avg_sq, t => s.max_exp_avg_sq = t),
        ],
        AdamW.State s =>
        [
            Step(s.step, n => s.step = n),
            Buffer("exp_avg", p, s.exp_avg, t => s.exp_avg = t),
            Buffer("exp_avg_sq", p, s.exp_avg_sq, t => s.exp_avg_sq = t),
            Buffer("max_exp_avg_sq", p, s.max_exp_avg_sq, t => s.max_exp_avg_sq = t),
        ],
        RMSProp.State s =>
        [
            Step(s.step, n => s.step = n),
            Buffer("square_avg", p, s.square_avg, t => s.square_avg = t),
            Buffer("momentum_buffer", p, s.momentum_buffer, t => s.momentum_buffer = t),
            Buffer("grad_avg", p, s.grad_avg, t => s.grad_avg = t),
        ],
        Adagrad.State s => [Step(s.step, n => s.step = n), Buffer("sum", p, s.sum, t => s.sum = t)],
        _ => throw Unknown(state),
    };

    /// <summary>The options of one group of parameters.</summary>
    /// <exception cref="NotSupportedException">The optimizer is none of those that are listed here.</exception>
    public static IReadOnlyList<OptimizerSlot> Options(OptimizerOptions options) => options switch
    {
        SGD.Options o =>
        [
            Rate(o),
            Number("momentum", o.momentum, v => o.momentum = v),
            Number("dampening", o.dampening, v => o.dampening = v),
            Number("weight_decay", o.weight_decay, v => o.weight_decay = v),
            Flag("nesterov", o.nesterov, v => o.nesterov = v),
            Flag("maximize", o.maximize, v => o.maximize = v),
        ],
        Adam.Options o =>
        [
            Rate(o),
            Pair("betas", o.beta1, o.beta2, (a, b) => (o.beta1, o.beta2) = (a, b)),
            Number("eps", o.eps, v => o.eps = v),
            Number("weight_decay", o.weight_decay, v => o.weight_decay = v),
            Flag("amsgrad", o.amsgrad, v => o.amsgrad = v),
            Flag("maximize", o.maximize, v => o.maximize = v),
        ],
        AdamW.Options o =>
        [
            Rate(o),
            Pair("betas", o.beta1, o.beta2, (a, b) => (o.beta1, o.beta2) = (a, b)),
            Number("eps", o.eps, v => o.eps = v),
            Number("weight_decay", o.weight_decay, v => o.weight_decay = v),
            Flag("amsgrad", o.amsgrad, v => o.amsgrad = v),
            Flag("maximize", o.maximize, v => o.maximize = v),
        ],
        RMSProp.Options o =>
        [
            Rate(o),
            Number("momentum", o.momentum, v => o.momentum = v),
            Number("alpha", o.alpha, v => o.alpha = v),
            Number("eps", o.eps, v => o.eps = v),
            Flag("centered", o.centered, v => o.centered = v),
            Number("weight_decay", o.weight_decay, v => o.weight_decay = v),
            Flag("maximize", o.maximize, v => o.maximize = v),
        ],
        Adagrad.Options o =>
        [
            Rate(o),
            Number("lr_decay", o.lr_decay, v => o.lr_decay = v),
            Number("eps", o.eps, v => o.eps = v),
            Number("weight_decay", o.weight_decay, v => o.weight_decay = v),
            Number("initial_accumulator_value", o.initial_accumulator_value, v => o.initial_accumulator_value = v),
        ],
        _ => throw Unknown(options),
    };

    private static OptimizerSlot Rate(OptimizerOptions o) => Number("lr", o.LearningRate, v => o.LearningRate = v);

    private static NotSupportedException Unknown(object part) =>
        new($"the optimizer {part.GetType().DeclaringType?.Name} has no PyTorch file here; SGD, Adam, AdamW, RMSProp and Adagrad have");
}
