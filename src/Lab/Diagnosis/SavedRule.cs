using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.PyTorch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The update rule that the options of PyTorch's optimizers stand for: a kind of the lab's registry and the keys of that kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Keys">Its keys but for step size and weight decay, which may differ between groups.</param>
internal sealed record SavedRule(string Kind, IReadOnlyDictionary<string, object> Keys)
{
    // Options of rules that otherwise look like one of the lab's.
    private static readonly string[] OtherRules =
    [
        "lr_decay", "initial_accumulator_value", "rho", "lambd", "t0", "etas", "step_sizes", "max_iter", "momentum_decay", "beta2_decay", "relative_step",
        "grad_averaging", "always_adapt", "trust_coefficient", "trust_clip", "d_coef", "weight_lr_power", "ns_steps",
    ];

    private static readonly string[] Shared =
        ["betas", "eps", "alpha", "momentum", "dampening", "nesterov", "decoupled_weight_decay", "amsgrad", "centered", "maximize"];

    /// <summary>The rule of an optimizer.</summary>
    /// <param name="groups">Its groups, at least one.</param>
    /// <param name="overrides">The kind, where the options leave it open, and what counts instead of them.</param>
    /// <exception cref="InputException">The lab does not have that rule, or the options do not say which it is; one sentence about "its optimizer".</exception>
    public static SavedRule Of(IReadOnlyList<SavedOptimizerGroup> groups, OptimizerOverrides overrides)
    {
        var options = groups[0].Options;
        if (Shared.FirstOrDefault(o => groups.Any(g => Text(g, o) != Text(groups[0], o))) is { } differing)
        {
            throw new InputException($"the groups of its optimizer differ in {differing}, and the lab's groups may differ in lr and weight_decay only");
        }

        foreach (var name in OtherRules.Where(options.ContainsKey))
        {
            throw Refused(name, options[name]);
        }

        foreach (var name in (string[])["amsgrad", "centered", "maximize"])
        {
            Require(options, name, false);
        }

        var (rule, kinds) =
            options.ContainsKey("betas") ? (Adam(options, groups, overrides), (string[])["adam", "adamw"])
            : options.ContainsKey("alpha") ? (RmsProp(options), ["rmsprop"])
            : options.ContainsKey("momentum") ? (Sgd(options, overrides), ["gd", "momentum", "ema_momentum"])
            : throw new InputException($"its optimizer has the options {Excerpt.OfList(options.Keys)}, which are not those of SGD, RMSprop, Adam or AdamW");
        return overrides.Kind is null || kinds.Contains(overrides.Kind) ? rule : throw new InputException(
            $"--optimizer {Excerpt.Of(overrides.Kind)} contradicts its optimizer, whose options ({Excerpt.OfList(options.Keys)}) are those of "
            + string.Join(" or ", kinds));
    }

    private static SavedRule Adam(IReadOnlyDictionary<string, object> options, IReadOnlyList<SavedOptimizerGroup> groups, OptimizerOverrides overrides)
    {
        foreach (var name in (string[])["bias_correction", "correct_bias"])
        {
            Require(options, name, true);
        }

        if (options["betas"] is not double[] betas || betas is not [var beta1, var beta2] || !betas.All(double.IsFinite) || !options.ContainsKey("eps"))
        {
            throw new InputException($"its optimizer has betas, but not the two betas and the eps of Adam; its options are {Excerpt.OfList(options.Keys)}");
        }

        return new SavedRule(Kind(), new Dictionary<string, object> { ["beta1"] = beta1, ["beta2"] = beta2, ["epsilon"] = Number(options, "eps") });

        string Kind() =>
            overrides.Kind is { } given ? given
            : !options.ContainsKey("amsgrad") ? throw Open("its optimizer has the options of Adam, but not all of them")
            : options.GetValueOrDefault("decoupled_weight_decay") is bool decoupled ? (decoupled ? "adamw" : "adam")
            : groups.All(g => (overrides.WeightDecay ?? Number(g.Options, "weight_decay")) == 0) ? "adam"
            : throw Open("its optimizer is Adam or AdamW with weight decay, and PyTorch of before 2.7 does not save which");

        static InputException Open(string problem) => new($"{problem}; say --optimizer adam or --optimizer adamw");
    }

    private static SavedRule RmsProp(IReadOnlyDictionary<string, object> options)
    {
        Require(options, "momentum", 0.0);
        return new SavedRule("rmsprop", new Dictionary<string, object> { ["beta2"] = Number(options, "alpha"), ["epsilon"] = Number(options, "eps") });
    }

    private static SavedRule Sgd(IReadOnlyDictionary<string, object> options, OptimizerOverrides overrides)
    {
        var (momentum, dampening, nesterov) = (Number(options, "momentum"), Number(options, "dampening"), options.GetValueOrDefault("nesterov") is true);
        var saved = momentum == 0 ? "gd" : dampening == 0 ? "momentum" : dampening == momentum ? "ema_momentum" : throw Refused("dampening", dampening);
        var kind = overrides.Kind ?? (saved == "gd" && overrides.Momentum > 0 ? "momentum" : saved);
        var keys = new Dictionary<string, object>();
        if (kind != "gd" && momentum != 0)
        {
            keys["beta"] = momentum;
        }

        if (kind == "momentum" && nesterov)
        {
            keys["nesterov"] = true;
        }

        return new SavedRule(kind, keys);
    }

    private static void Require(IReadOnlyDictionary<string, object> options, string name, object value)
    {
        if (options.TryGetValue(name, out var given) && !given.Equals(value))
        {
            throw Refused(name, given);
        }
    }

    private static double Number(IReadOnlyDictionary<string, object> options, string name) => options.GetValueOrDefault(name) switch
    {
        null => 0,
        double number when double.IsFinite(number) => number,
        var other => throw new InputException($"{name} of its optimizer must be a finite number, but is {Text(other)}"),
    };

    private static InputException Refused(string name, object value) =>
        new($"its optimizer has the option {name} = {Text(value)}, which no rule of the lab has");

    private static string Text(SavedOptimizerGroup group, string option) => group.Options.TryGetValue(option, out var value) ? Text(value) : "";

    private static string Text(object value) => value is double[] numbers ? string.Join(", ", numbers.Select(n => FormattableString.Invariant($"{n}")))
        : FormattableString.Invariant($"{value}");
}
