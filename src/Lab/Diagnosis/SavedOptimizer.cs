using System.Text.Json;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.PyTorch;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>The optimizer of a checkpoint as one of the lab's update rules.</summary>
/// <param name="checkpoint">The checkpoint; it need not have an optimizer.</param>
/// <param name="parts">The parameters of the network, in the order of <c>model.parameters()</c>, under the names of the checkpoint's weights.</param>
/// <param name="file">The checkpoint's file, for messages.</param>
internal sealed class SavedOptimizer(TrainingCheckpoint checkpoint, IReadOnlyList<ParameterPart> parts, string file)
{
    private static readonly SettingsKind Optimizer = new("optimizer", "an", "kind, learning_rate", "learning_rate=0.1");

    private readonly Lazy<IReadOnlyList<NumberedParameter?>> _match =
        new(() => new ParameterMatch(checkpoint.Optimizer!, parts, checkpoint.Weights).Find());

    /// <summary>The settings of the rule, with the learning rates that were saved: those of the next step, where the scheduler came before.</summary>
    /// <param name="overrides">What counts instead of what was saved.</param>
    /// <exception cref="InputException">The lab does not have that rule, the settings are incomplete, or the parameters do not fit.</exception>
    public OptimizerSettings Settings(OptimizerOverrides overrides) => Named(() =>
    {
        var locations = new SourceLocations(Optimizer);
        var keys = checkpoint.Optimizer is { } saved ? Keys(saved, overrides) : [];
        overrides.WriteTo(keys, locations);
        if (!keys.ContainsKey("kind") || !keys.ContainsKey("learning_rate"))
        {
            throw new InputException("it has no optimizer that can be read; say --optimizer and --learning-rate");
        }

        new SettingsCheck(locations, "").Check(keys, typeof(OptimizerSettings), file);
        return keys.Deserialize<OptimizerSettings>(SettingsJson.Options)!;
    });

    /// <summary>What the rule remembers of earlier steps: vectors of shape [d], zero for parameters that the optimizer does not have.</summary>
    /// <param name="settings">The rule, of <see cref="Settings"/>.</param>
    /// <param name="like">A tensor of the dtype and on the device that the vectors get.</param>
    /// <returns>The state; empty where nothing was saved. The tensors are the caller's.</returns>
    /// <exception cref="InputException">The state lacks something that the rule has, or the shapes do not fit.</exception>
    public OptimizerState State(OptimizerSettings settings, Tensor like) => Named(() =>
    {
        var (first, second) = settings switch
        {
            AdamFamilySettings => ("exp_avg", "exp_avg_sq"),
            RmsPropSettings => (null, "square_avg"),
            MomentumSettings or EmaMomentumSettings => ("momentum_buffer", null),
            _ => ((string?)null, (string?)null),
        };
        return checkpoint.Optimizer is not { } saved || saved.State.Values.All(s => s.Count == 0) ? OptimizerState.Empty : new OptimizerState
        {
            FirstMoment = first is null ? null : Vector(saved, first, like),
            SecondMoment = second is null ? null : Vector(saved, second, like),
        };
    });

    private JsonObject Keys(SavedOptimizerState saved, OptimizerOverrides overrides)
    {
        var groups = saved.Groups.Where(g => g.Parameters.Count > 0).ToList();
        if (groups.Count == 0)
        {
            throw new InputException("its optimizer has no parameters");
        }

        var rule = SavedRule.Of(groups, overrides);
        var whole = groups.FirstOrDefault(g => LearningRate(g) != 0)
            ?? throw new InputException("the learning rate of its optimizer is 0; say --learning-rate");
        var keys = new JsonObject
        {
            ["kind"] = rule.Kind,
            ["learning_rate"] = LearningRate(whole),
            ["weight_decay"] = WeightDecay(whole),
            ["groups"] = new JsonArray(),
        };
        foreach (var (key, value) in rule.Keys)
        {
            keys[key] = JsonValue.Create(value);
        }

        var uniform = saved.Parameters.Count() == parts.Count
            && groups.TrueForAll(g => LearningRate(g) == LearningRate(whole) && WeightDecay(g) == WeightDecay(whole));
        foreach (var (part, parameter) in uniform ? [] : parts.Zip(_match.Value))
        {
            var group = parameter?.Group;
            var (rate, decay) = group is null ? (0, WeightDecay(whole)) : (LearningRate(group), WeightDecay(group));
            if (rate != LearningRate(whole) || decay != WeightDecay(whole))
            {
                keys["groups"]!.AsArray().Add(new JsonObject { ["parameters"] = Pattern(part.Name), ["learning_rate"] = rate, ["weight_decay"] = decay });
            }
        }

        return keys;

        double LearningRate(SavedOptimizerGroup group) => overrides.LearningRate ?? Number(group, "lr");

        double WeightDecay(SavedOptimizerGroup group) =>
            overrides.WeightDecay ?? (group.Options.ContainsKey("weight_decay") ? Number(group, "weight_decay") : 0);
    }

    private Tensor Vector(SavedOptimizerState saved, string slot, Tensor like)
    {
        using var scope = NewDisposeScope();
        return cat([.. parts.Zip(_match.Value).Select(p => Flat(p.First, p.Second))]).MoveToOuterDisposeScope();

        Tensor Flat(ParameterPart part, NumberedParameter? parameter)
        {
            var state = parameter is null ? null : saved.State.GetValueOrDefault(parameter.Number);
            return state is null or { Count: 0 } ? zeros(part.Numbers, like.dtype, like.device)
                : state.GetValueOrDefault(slot) is not Tensor tensor || !tensor.is_floating_point() ? throw Wrong(part, $"has no {slot}")
                : tensor.numel() != part.Numbers ? throw Wrong(part, $"has a {slot} of {tensor.numel()} numbers, and the network one of {part.Numbers}")
                : tensor.detach().reshape(-1).to(like.dtype).to(like.device);
        }

        InputException Wrong(ParameterPart part, string what) => new($"the state of {Excerpt.Of(part.Name)} in its optimizer {what}");
    }

    private static double Number(SavedOptimizerGroup group, string option) =>
        group.Options.GetValueOrDefault(option) is double number && double.IsFinite(number)
            ? number
            : throw new InputException($"{option} of its optimizer must be a finite number");

    // * and ? stand for other characters in patterns.
    private static string Pattern(string name) => name.Replace("\\", "\\\\").Replace("*", "\\*").Replace("?", "\\?");

    private T Named<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (InputException e) when (e is not SettingsException)
        {
            throw new InputException($"{file}: {e.Message}", e);
        }
    }
}
