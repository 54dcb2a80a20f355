using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Flows;

/// <summary>Which experiments have a flow: the theory is for constant settings, and for two optimizers.</summary>
internal static class FlowRefusal
{
    /// <summary>Why an experiment cannot be followed by the flow that it asks for, as a sentence; null where it can.</summary>
    public static string? Of(Experiment experiment)
    {
        var (flow, live, optimizer) = (experiment.Flow, experiment.Monitor.Flow, experiment.Optimizer);
        return flow is null && live is null ? null
            : flow is not null && live is not null ? "flow and monitor.flow: one of them at a time; a flow is not compared with itself"
            : flow is not null && flow.From >= experiment.Steps
                ? $"flow.from is {flow.From}, and the run ends at step {experiment.Steps}: the flow must begin before it"
            : flow is not null && experiment.Monitor.Explain
                ? "monitor.explain explains the steps of an optimizer, and a flow makes none: set monitor.explain to false"
            : flow is not null && experiment.Monitor.Every.Steps != 1 ? "monitor.every: a flow is recorded at every step, so it must be 1"
            : optimizer is not (GradientDescentSettings or RmsPropSettings)
                ? "optimizer.kind: a flow is known for gd and rmsprop, not for this optimizer"
            : optimizer is RmsPropSettings && (live is not null || flow!.Kind == FlowKind.Gradient)
                ? $"{(live is null ? "flow.kind: gradient" : "monitor.flow")} goes with optimizer.kind: gd; for rmsprop there is flow: {{ kind: central }}"
            : optimizer.Batch is not null ? "optimizer.batch: a flow is that of the full batch"
            : optimizer.WeightDecay > 0 ? "optimizer.weight_decay: a flow is known without weight decay"
            : optimizer.Clip is not null ? "optimizer.clip: a flow is known for gradients that are not clipped"
            : optimizer.Groups.Count > 0 ? "optimizer.groups: a flow is known for one group of parameters"
            : optimizer.Schedule is not ConstantSchedule ? "optimizer.schedule: a flow is that of a constant learning rate"
            : null;
    }

    /// <summary>Refuses it.</summary>
    /// <exception cref="InputException">It cannot be followed.</exception>
    public static void Check(Experiment experiment)
    {
        if (Of(experiment) is { } reason)
        {
            throw new InputException(reason);
        }
    }
}
