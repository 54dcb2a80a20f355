using LossSpikes.Monitors.Tensors;
using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Optimizers;

/// <summary>
/// The stability edge of a TorchSharp optimizer, read from its groups and states before each update: learning rates (as a scheduler has set
/// them), momenta, decays, second moments and step counts. Nothing in the optimizer is changed.
/// </summary>
/// <param name="optimizer">The optimizer; it stays the caller's.</param>
/// <param name="clipNorm">c, the norm to which the loop clips gradients; null where it does not.</param>
internal sealed class WatchedOptimizer(optim.Optimizer optimizer, double? clipNorm)
{
    private Tensor[]? _native;

    /// <summary>Its parameters, in the order of its groups.</summary>
    // Those of a native optimizer are listed once only: at each listing TorchSharp 0.107 wraps the same pointers again, and frees them twice.
    public IEnumerable<Tensor> Parameters => IsNative
        ? _native ??= [.. Groups.SelectMany(g => g.Parameters).Select(p => p.DetachFromDisposeScope())]
        : Groups.SelectMany(g => g.Parameters);

    /// <summary>Whether libtorch implements it (L-BFGS): then its parameters have other handles than those of the module.</summary>
    public bool IsNative => optimizer is not OptimizerHelper;

    /// <summary>Its class: <c>SGD</c>, <c>Adam</c>…</summary>
    public string Name => optimizer.GetType().Name;

    private IReadOnlyList<ParamGroup> Groups => [.. optimizer.ParamGroups?.OfType<ParamGroup>() ?? []];

    /// <summary>Why no threshold is known, as a sentence, or null.</summary>
    public string? Unknown => IsNative || Groups.Count == 0 || Groups.Any(g => UpdateRule.Of(g.Options) is null)
        ? $"no stability threshold is known for {Name}{(Maximizes ? " that maximizes" : "")}: the sharpness is measured, and no ratio is formed"
        : null;

    private bool Maximizes => !IsNative && Groups.Any(g => g.Options is SGD.Options { maximize: true } or Adam.Options { maximize: true }
        or AdamW.Options { maximize: true } or RMSProp.Options { maximize: true });

    /// <summary>The edge of the update about to be made. Its tensors belong to the caller's dispose scope.</summary>
    /// <param name="watched">The watched parameters, in the order of the flat vector.</param>
    /// <param name="gradient">The gradient of the loss, shape [d], used where the loop has not filled <c>.grad</c>; null where there is none.</param>
    /// <exception cref="InvalidOperationException">The optimizer has no state for one of its parameters.</exception>
    public StabilityEdge Edge(IReadOnlyList<Tensor> watched, Tensor? gradient)
    {
        if (Unknown is not null)
        {
            return StabilityThreshold.None with { LearningRate = Groups.Count > 0 && !IsNative ? Groups[0].LearningRate : null };
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        UpdateRule[] rules = [.. Groups.Select(g => UpdateRule.Of(g.Options)!)];
        var reference = (Array.Find(rules, rule => double.IsFinite(rule.Threshold.Value)) ?? rules[0]).Threshold;
        var members = Members(rules);
        var (gradients, norm) = UpdateGradients(watched, gradient);
        var clipping = clipNorm is { } c && norm > c ? c / norm : 1;
        var parts = watched.Zip(gradients, (parameter, g) => Part(parameter, clipping == 1 ? g : g * Scalar(clipping))).ToList();
        var decay = parts.Count > 0 ? parts[0].Rule.WeightDecay : 0;
        var edge = new StabilityEdge(reference)
        {
            Preconditioner = parts.All(p => p.Preconditioner is null) ? null : Flat(p => p.Preconditioner ?? ones_like(p.Parameter)),
            RelativeRates = parts.All(p => p.Rule.Threshold.Value.Equals(reference.Value))
                ? null
                : Flat(p => Filled(p, reference.Value / p.Rule.Threshold.Value)),
            WeightDecay = decay,
            WeightDecays = parts.All(p => p.Rule.WeightDecay.Equals(decay)) ? null : Flat(p => Filled(p, p.Rule.WeightDecay)),
        };
        edge = clipping == 1 ? edge : edge.Clipped(norm, clipNorm!.Value);
        edge.WeightDecays?.MoveToOuterDisposeScope();
        return edge;

        Member Part(Tensor parameter, Tensor g)
        {
            var (rule, state) = members.TryGetValue(parameter.Handle, out var member) ? member : throw Foreign();
            g = rule.WeightDecay == 0 ? g : g.add(parameter, alpha: Scalar(rule.WeightDecay));
            return new Member(parameter, rule, rule.Preconditioner?.Invoke(state, g));
        }

        Tensor Flat(Func<Member, Tensor> part) => FlatVector.Join([.. parts.Select(part)]).MoveToOuterDisposeScope();
    }

    private static Tensor Filled(Member member, double value) => empty_like(member.Parameter).fill_(Scalar(value));

    /// <summary>Rule and state of each parameter, by handle.</summary>
    /// <param name="rules">The rules of the groups.</param>
    private Dictionary<IntPtr, (UpdateRule Rule, OptimizerState State)> Members(UpdateRule[] rules)
    {
        try
        {
            var states = ((OptimizerHelper)optimizer).state_dict().State;
            return Groups.Zip(rules).SelectMany(g => g.First.Parameters.Select(p => (p.Handle, Rule: g.Second)))
                .Zip(states, (p, state) => (p.Handle, p.Rule, state)).DistinctBy(p => p.Handle).ToDictionary(p => p.Handle, p => (p.Rule, p.state));
        }
        catch (KeyNotFoundException)
        {
            throw Foreign();
        }
    }

    private InvalidOperationException Foreign() => new(
        $"{Name} has no state for a parameter that is watched: parameters that module.to(…) replaces need a new optimizer, and a new monitor");

    /// <summary>The gradients of the update, which the loop has left in <c>.grad</c>, and their norm over all parameters of the optimizer.</summary>
    private (Tensor[] Gradients, double Norm) UpdateGradients(IReadOnlyList<Tensor> watched, Tensor? gradient)
    {
        var all = Parameters.Where(p => !p.IsInvalid).Select(p => p.grad).OfType<Tensor>().Where(g => !g.IsInvalid).ToList();
        var norm = all.Count == 0 ? 0 : FlatVector.Norm(FlatVector.Join(all));
        return norm > 0 || gradient is null
            ? ([.. watched.Select(p => p.grad is { IsInvalid: false } g ? g.is_sparse ? g.to_dense() : g : zeros_like(p))], norm)
            : (FlatVector.Split(gradient, watched), FlatVector.Norm(gradient));
    }

    private sealed record Member(Tensor Parameter, UpdateRule Rule, Tensor? Preconditioner);
}
