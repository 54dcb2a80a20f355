using System.IO.Enumeration;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Optimizers;

/// <summary>The groups of parameters of a run, as diagonals over θ.</summary>
internal sealed class ParameterGroups
{
    private readonly IReadOnlyList<(ParameterPart Part, GroupSettings? Group)> _members;
    private readonly OptimizerSettings _settings;

    private ParameterGroups(OptimizerSettings settings, IReadOnlyList<(ParameterPart, GroupSettings?)> members) =>
        (_settings, _members) = (settings, members);

    /// <summary>The groups that settings define for some parameters; null where there are none.</summary>
    /// <exception cref="InputException">A group has no parameter.</exception>
    public static ParameterGroups? Of(OptimizerSettings settings, IReadOnlyList<ParameterPart> parts)
    {
        if (settings.Groups.Count == 0)
        {
            return null;
        }

        var members = parts.Select(part => (part, settings.Groups.FirstOrDefault(group => Matches(group, part)))).ToList();
        var empty = settings.Groups.FirstOrDefault(group => members.TrueForAll(m => !ReferenceEquals(m.Item2, group)));
        return empty is null ? new ParameterGroups(settings, members) : throw new InputException(
            $"optimizer.groups: no parameter is left for the pattern {empty.Parameters}; the parameters are {Listed([.. parts.Select(p => p.Name)])}");
    }

    /// <summary>η_i/η, shape [d].</summary>
    public Tensor Rates(Tensor like) => Diagonal(like, group => (group?.LearningRate ?? _settings.LearningRate) / _settings.LearningRate);

    /// <summary>λ_i, shape [d].</summary>
    public Tensor Decays(Tensor like) => Diagonal(like, Decay);

    /// <summary>The threshold of the whole over that of each parameter's group, shape [d], at a step size of the optimizer.</summary>
    public Tensor RelativeRates(Tensor like, double learningRate)
    {
        var whole = _settings.ThresholdAt(learningRate).Value;
        return Diagonal(like, group => whole / (_settings with { WeightDecay = Decay(group) })
            .ThresholdAt((group?.LearningRate ?? _settings.LearningRate) / _settings.LearningRate * learningRate).Value);
    }

    private static bool Matches(GroupSettings group, ParameterPart part) =>
        FileSystemName.MatchesSimpleExpression(group.Parameters, part.Name, ignoreCase: false);

    private double Decay(GroupSettings? group) => group?.WeightDecay ?? _settings.WeightDecay;

    private Tensor Diagonal(Tensor like, Func<GroupSettings?, double> value)
    {
        var diagonal = empty_like(like);
        long at = 0;
        foreach (var (part, group) in _members)
        {
            diagonal.narrow(0, at, part.Numbers).fill_(Scalar(value(group)));
            at += part.Numbers;
        }

        return diagonal;
    }

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count <= 8 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(7))} and {names.Count - 7} more";
}
