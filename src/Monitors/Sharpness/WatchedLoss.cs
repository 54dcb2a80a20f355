using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Optimizers;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>A loss function of a training loop as an objective, with the stability edge of the update that the loop is about to make.</summary>
/// <param name="Objective">The loss as a function of the watched parameters.</param>
/// <param name="Edge">The edge, given the gradient at the present point; null where the loss has none.</param>
/// <param name="Parameters">The watched parameters, in the order of θ.</param>
/// <param name="Remarks">Sentences about what is watched, for the first step.</param>
internal sealed record WatchedLoss(
    IObjective Objective, Func<Tensor?, StabilityEdge> Edge, Func<IReadOnlyList<Tensor>> Parameters, IReadOnlyList<string> Remarks)
{
    /// <summary>The parameters that an optimizer updates, or those of them that belong to a module.</summary>
    public static WatchedLoss Of(optim.Optimizer optimizer, nn.Module? module, Func<Tensor> loss, MonitorOptions options)
    {
        var watched = new WatchedOptimizer(optimizer, options.ClipNorm);
        var parameters = new ParameterSet(module is null ? () => watched.Parameters.Select(p => ((string?)null, p)) : () => Shared(module, watched));
        var objective = Create(parameters, loss, options, module is null ? [] : [module]);
        List<string> remarks = [.. watched.Unknown is { } unknown ? [unknown] : (string[])[]];
        var all = watched.Parameters.Where(p => !p.IsInvalid && p.requires_grad).DistinctBy(p => p.Handle).Sum(p => p.numel());
        if (all > parameters.Dimension)
        {
            var share = (double)parameters.Dimension / all;
            remarks.Add(FormattableString.Invariant($"{parameters.Dimension} of the {all} parameters of the optimizer are watched ({share:P1}): ")
                + "the sharpness is that of this part");
        }

        return new WatchedLoss(objective, gradient => watched.Edge(parameters.Tensors, gradient), () => parameters.Tensors, remarks);
    }

    /// <summary>All examples of a network whose parameters an optimizer updates.</summary>
    public static WatchedLoss Of(FullBatch batch, optim.Optimizer optimizer, MonitorOptions options)
    {
        var watched = new WatchedOptimizer(optimizer, options.ClipNorm);
        return new WatchedLoss(
            batch.Objective(), gradient => watched.Edge(batch.Parameters, gradient), () => batch.Parameters, watched.Unknown is { } unknown ? [unknown] : []);
    }

    /// <summary>Parameters with an edge that the caller gives.</summary>
    public static WatchedLoss Of(IEnumerable<Tensor> parameters, Func<Tensor> loss, StabilityEdge edge, MonitorOptions options)
    {
        var set = new ParameterSet(() => parameters.Select(p => ((string?)null, p)));
        return new WatchedLoss(Create(set, loss, options, []), _ => edge, () => set.Tensors, []);
    }

    private static AutogradObjective Create(ParameterSet parameters, Func<Tensor> loss, MonitorOptions options, IReadOnlyList<nn.Module> modules)
    {
        var objective = new AutogradObjective(
            parameters, [() => new LossTerm(loss())], Surroundings.Of(loss, modules), options.AllowFiniteDifferences);
        return parameters is { Problem: { } problem, IsNarrow: false } ? throw new ArgumentException(problem, nameof(parameters)) : objective;
    }

    private static IEnumerable<(string? Name, Tensor Tensor)> Shared(nn.Module module, WatchedOptimizer optimizer)
    {
        var updated = optimizer.Parameters.Where(p => !p.IsInvalid).Select(p => p.Handle).ToHashSet();
        return module.named_parameters().Where(p => !p.parameter.IsInvalid && (optimizer.IsNative || updated.Contains(p.parameter.Handle)))
            .Select(p => ((string?)p.name, (Tensor)p.parameter));
    }
}
