namespace LossSpikes.Lab.TensorFiles.Pickle;

/// <summary>A dictionary of Python's; keys are text (<see cref="string"/>) or whole numbers (<see cref="long"/>), in the order they were set.</summary>
internal sealed class PickleDictionary
{
    private readonly OrderedDictionary<object, object?> _items = [];

    /// <summary>Whether it is a <c>collections.OrderedDict</c>.</summary>
    public bool IsOrderedDict { get; init; }

    public IEnumerable<KeyValuePair<object, object?>> Items => _items;

    public object? this[object key]
    {
        get => _items.GetValueOrDefault(key);
        set => _items[key] = value;
    }
}
