namespace LossSpikes.TensorFiles.Pickle;

/// <summary>A <c>dict</c> of Python; keys are text (<see cref="string"/>) or whole numbers (<see cref="long"/>), in the order they were set.</summary>
public sealed class PickleDict
{
    private readonly OrderedDictionary<object, object?> _items = [];

    /// <summary>Whether it is a <c>collections.OrderedDict</c>.</summary>
    public bool IsOrderedDict { get; init; }

    /// <summary>Keys and values, in the order the keys were set.</summary>
    public IEnumerable<KeyValuePair<object, object?>> Items => _items;

    /// <summary>The value under a key; null where there is none.</summary>
    /// <param name="key">Text or a whole number, as <see cref="string"/> or <see cref="long"/>.</param>
    public object? this[object key]
    {
        get => _items.GetValueOrDefault(key);
        set => _items[key] = value;
    }
}
