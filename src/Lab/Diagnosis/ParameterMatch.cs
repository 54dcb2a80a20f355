using LossSpikes.Monitors.Objectives;
using LossSpikes.TensorFiles.Messages;
using LossSpikes.TensorFiles.PyTorch;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>One parameter of an optimizer.</summary>
/// <param name="Number">Its number in the state.</param>
/// <param name="Group">The group it is in.</param>
internal sealed record NumberedParameter(long Number, SavedOptimizerGroup Group);

/// <summary>
/// Finds which parameter of the optimizer is which of the network. The optimizer numbers them in the order in which the script gave them, group by
/// group; inside of a group that is the order of the network.
/// </summary>
/// <param name="saved">The optimizer.</param>
/// <param name="parts">The parameters of the network, in its order.</param>
/// <param name="weights">The weights of the checkpoint, for shapes.</param>
internal sealed class ParameterMatch(SavedOptimizerState saved, IReadOnlyList<ParameterPart> parts, IReadOnlyDictionary<string, Tensor> weights)
{
    private const int MostStates = 200_000;

    private readonly Dictionary<string, int> _ways = [];

    /// <summary>The optimizer's parameter for each of the network; null for one that the optimizer does not have.</summary>
    /// <exception cref="InputException">They do not fit, or fit in more than one way; one sentence about "its optimizer".</exception>
    public IReadOnlyList<NumberedParameter?> Find()
    {
        var numbered = saved.Groups.SelectMany(g => g.Parameters.Select(n => new NumberedParameter(n, g))).ToList();
        var shapesAreKnown = numbered.TrueForAll(p => saved.Shape(p.Number) is not null);
        if (numbered.Count > parts.Count)
        {
            throw new InputException($"its optimizer has {numbered.Count} parameters, and the network {parts.Count}");
        }

        if (ByName(numbered) is { } named)
        {
            return named;
        }

        var wrong = numbered.Zip(parts).FirstOrDefault(p => !Fits(p.First.Number, p.Second));
        if (numbered.Count == parts.Count && wrong.First is null && (saved.Groups.Count == 1 || shapesAreKnown))
        {
            return numbered;
        }

        var start = new int[saved.Groups.Count];
        return Ways(start, 0) switch
        {
            1 => Path(start),
            0 => throw new InputException(wrong.First is null
                ? $"the {numbered.Count} parameters of its optimizer do not fit the {parts.Count} of the network"
                : $"parameter {wrong.First.Number} of its optimizer has the shape [{Excerpt.OfList(saved.Shape(wrong.First.Number)!)}], and "
                    + $"{Excerpt.Of(wrong.Second.Name)} of the network [{Excerpt.OfList(Shape(wrong.Second))}]"),
            _ => throw new InputException($"the {numbered.Count} parameters of its optimizer fit the {parts.Count} of the network in more than one way; "
                + "freeze the same ones in the network (requires_grad = False), or give the optimizer model.named_parameters() (PyTorch 2.6)"),
        };
    }

    private List<NumberedParameter?>? ByName(IReadOnlyList<NumberedParameter> numbered)
    {
        if (saved.Groups.Any(g => g.Names is null))
        {
            return null;
        }

        var byName = numbered.Zip(saved.Groups.SelectMany(g => g.Names!)).DistinctBy(p => p.Second).ToDictionary(p => p.Second, p => p.First);
        var found = parts.Select(p => byName.GetValueOrDefault(p.Name)).ToList();
        return found.Count(p => p is not null) == numbered.Count && found.Zip(parts).All(p => p.First is null || Fits(p.First.Number, p.Second)) ? found : null;
    }

    /// <summary>In how many ways the rest of the parts can be given to the rest of the groups: 0, 1, or 2 for more.</summary>
    /// <param name="taken">How many parameters of each group are taken.</param>
    /// <param name="part">The next part.</param>
    private int Ways(int[] taken, int part)
    {
        if (part == parts.Count)
        {
            return taken.Zip(saved.Groups).All(t => t.First == t.Second.Parameters.Count) ? 1 : 0;
        }

        var state = $"{part}:{string.Join(',', taken)}";
        return _ways.TryGetValue(state, out var known) ? known
            : _ways.Count > MostStates ? 2
            : _ways[state] = Math.Min(2, Next(taken, part).Sum(next => Ways(next.Taken, part + 1)));
    }

    /// <summary>The next parameter of each group that fits the part, and no parameter where enough parts remain.</summary>
    private IEnumerable<(NumberedParameter? Parameter, int[] Taken)> Next(int[] taken, int part)
    {
        foreach (var (i, group) in saved.Groups.Index())
        {
            if (taken[i] < group.Parameters.Count && Fits(group.Parameters[taken[i]], parts[part]))
            {
                yield return (new NumberedParameter(group.Parameters[taken[i]], group), [.. taken[..i], taken[i] + 1, .. taken[(i + 1)..]]);
            }
        }

        if (saved.Parameters.Count() - taken.Sum() < parts.Count - part)
        {
            yield return (null, taken);
        }
    }

    private List<NumberedParameter?> Path(int[] taken)
    {
        var path = new List<NumberedParameter?>();
        for (var part = 0; part < parts.Count; part++)
        {
            (var parameter, taken) = Next(taken, part).First(next => Ways(next.Taken, part + 1) > 0);
            path.Add(parameter);
        }

        return path;
    }

    private bool Fits(long number, ParameterPart part) => saved.Shape(number) is not { } shape || shape.SequenceEqual(Shape(part));

    private IReadOnlyList<long> Shape(ParameterPart part) => weights.TryGetValue(part.Name, out var weight) ? weight.shape : [part.Numbers];
}
