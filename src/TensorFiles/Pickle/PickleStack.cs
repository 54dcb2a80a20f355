namespace LossSpikes.TensorFiles.Pickle;

/// <summary>The stack and the memo of a pickle's interpreter. No sequence of instructions makes it underflow or grow without bound.</summary>
internal sealed class PickleStack
{
    private const int MostValues = 4_000_000, DeepestMarks = 1000;

    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _made;

    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    public void Push(object? value)
    {
        _values.Add(++_made <= MostValues ? value : throw new InvalidDataException($"its pickle makes more than {MostValues} values"));
    }

    public object? Pop()
    {
        var top = Peek();
        _values.RemoveAt(_values.Count - 1);
        return top;
    }

    public object? Peek() => _values.Count > Floor ? _values[^1] : throw new InvalidDataException("its pickle takes a value from an empty stack");

    /// <summary>The topmost value, which must have the type <typeparamref name="T"/>.</summary>
    public T Pop<T>(string expected) => Pop() is T value ? value : throw Unexpected(expected);

    /// <inheritdoc cref="Pop{T}"/>
    public T Peek<T>(string expected) => Peek() is T value ? value : throw Unexpected(expected);

    /// <summary>Takes a number of values, in the order they were pushed.</summary>
    public object?[] Pop(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    public void Mark() => _marks.Push(_marks.Count < DeepestMarks
        ? _values.Count
        : throw new InvalidDataException($"its pickle nests more than {DeepestMarks} levels deep"));

    /// <summary>Takes all values since the last mark, and the mark.</summary>
    public object?[] PopMark()
    {
        var values = _marks.Count > 0 ? Pop(_values.Count - Floor) : throw new InvalidDataException("its pickle goes back to a mark that it did not set");
        _marks.Pop();
        return values;
    }

    public void Put(uint index) => _memo[index] = _memo.Count < MostValues
        ? Peek()
        : throw new InvalidDataException($"its pickle stores more than {MostValues} values");

    /// <summary>Stores the topmost value under the next free index.</summary>
    public void Memoize() => Put((uint)_memo.Count);

    public void Get(uint index) => Push(_memo.TryGetValue(index, out var value)
        ? value
        : throw new InvalidDataException("its pickle recalls a value that it did not store"));

    /// <summary>The one value left at the end.</summary>
    public object? Result() => _marks.Count == 0 && _values.Count == 1 ? _values[0] : throw new InvalidDataException("its pickle ends with values left over");

    private static InvalidDataException Unexpected(string expected) => new($"its pickle has something else where {expected} is expected");
}
