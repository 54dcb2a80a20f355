namespace LossSpikes.Lab.Data;

/// <summary>The classes of a data set that an experiment keeps, renumbered from 0 in the order it names them.</summary>
internal sealed class KeptClasses
{
    private readonly List<int> _kept;
    private readonly bool _all;

    /// <summary>Keeps <paramref name="asked"/>, or all when none is named.</summary>
    /// <exception cref="InputException">One is named twice or does not exist, or fewer than two are left.</exception>
    public KeptClasses(IReadOnlyList<int> asked, int available, string source)
    {
        _all = asked.Count == 0;
        _kept = _all ? [.. Enumerable.Range(0, available)] : [.. asked];
        var missing = _kept.Where(c => c >= available).ToList();
        if (missing.Count > 0)
        {
            throw new InputException($"objective.data.classes: {source} has the classes 0 to {available - 1}, and no class {missing[0]}");
        }

        if (_kept.Distinct().Count() < _kept.Count)
        {
            throw new InputException($"objective.data.classes: each class must be named once, not as in [{string.Join(", ", _kept)}]");
        }

        if (Count < 2)
        {
            throw new InputException($"{source}: a classification needs at least two classes");
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _kept.Count;

    /// <summary>The new number of class <paramref name="label"/>, or null where it is not kept.</summary>
    public long? Number(int label) => _kept.IndexOf(label) is >= 0 and var number ? number : null;

    /// <summary>The end of a sentence that counts examples.</summary>
    public override string ToString() => _all ? "" : $" of the classes {string.Join(", ", _kept)}";
}
