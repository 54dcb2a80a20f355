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
    private const int MostPlaces = 1000;

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

        return Paths() switch
        {
            { Ways: 1 } only => only.Steps(),
            { } => throw new InputException($"the {numbered.Count} parameters of its optimizer fit the {parts.Count} of the network in more than one way; "
                + "freeze the same ones in the network (requires_grad = False), or give the optimizer model.named_parameters() (PyTorch 2.6)"),
            null => throw new InputException(wrong.First is null
                ? $"the {numbered.Count} parameters of its optimizer do not fit the {parts.Count} of the network"
                : $"parameter {wrong.First.Number} of its optimizer has the shape [{Excerpt.OfList(saved.Shape(wrong.First.Number)!)}], and "
                    + $"{Excerpt.Of(wrong.Second.Name)} of the network [{Excerpt.OfList(Shape(wrong.Second))}]"),
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

    /// <summary>The ways to give all parts to the groups, in order; null where there is none.</summary>
    private Place? Paths()
    {
        var places = new List<Place> { new(new int[saved.Groups.Count], 1, null, null) };
        foreach (var (i, part) in parts.Index())
        {
            var next = new Dictionary<string, Place>();
            foreach (var place in places.SelectMany(p => Next(p, part, parts.Count - i)))
            {
                var taken = string.Join(',', place.Taken);
                next[taken] = next.ContainsKey(taken) ? place with { Ways = 2 } : place;
            }

            places = [.. next.Values];
            if (places.Count > MostPlaces)
            {
                return places[0] with { Ways = 2 }; // so many places that no single way can be expected
            }
        }

        return places.FirstOrDefault();
    }

    /// <summary>The part goes to each group whose next parameter fits, or to none where enough parts remain.</summary>
    private IEnumerable<Place> Next(Place place, ParameterPart part, int partsLeft)
    {
        var left = 0;
        foreach (var ((i, group), taken) in saved.Groups.Index().Zip(place.Taken))
        {
            left += group.Parameters.Count - taken;
            if (taken < group.Parameters.Count && Fits(group.Parameters[taken], part))
            {
                yield return new Place([.. place.Taken[..i], taken + 1, .. place.Taken[(i + 1)..]], place.Ways, place, new(group.Parameters[taken], group));
            }
        }

        if (left < partsLeft)
        {
            yield return new Place(place.Taken, place.Ways, place, null);
        }
    }

    private bool Fits(long number, ParameterPart part) => saved.Shape(number) is not { } shape || shape.SequenceEqual(Shape(part));

    private IReadOnlyList<long> Shape(ParameterPart part) => weights.TryGetValue(part.Name, out var weight) ? weight.shape : [part.Numbers];

    /// <summary>A place on the way through the parts.</summary>
    /// <param name="Taken">How many parameters of each group have been taken.</param>
    /// <param name="Ways">In how many ways it is reached: 1, or 2 for more.</param>
    /// <param name="Before">The place before it, on one of them.</param>
    /// <param name="Parameter">What the part between the two got.</param>
    private sealed record Place(int[] Taken, int Ways, Place? Before, NumberedParameter? Parameter)
    {
        /// <summary>What the parts got, in order.</summary>
        public List<NumberedParameter?> Steps()
        {
            var steps = new List<NumberedParameter?>();
            for (var place = this; place.Before is not null; place = place.Before)
            {
                steps.Add(place.Parameter);
            }

            steps.Reverse();
            return steps;
        }
    }
}
