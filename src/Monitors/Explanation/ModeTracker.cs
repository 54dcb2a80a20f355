using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>
/// Tracks modes by overlap: each tracked direction has a number that stays with it when eigenvalues change places, assigned by the
/// largest overlaps between one step and the next. Directions that turn among each other, as those of equal eigenvalues do, share the numbers
/// they had.
/// </summary>
internal sealed class ModeTracker : IDisposable
{
    // A direction with less of its square than this in the space of those before is a new one.
    private const double SameSpace = 0.5;

    private const string DirectionsKey = "directions", NumbersKey = "modes";

    private Tensor? _last;
    private int[] _numbers = [];
    private int _next = 1;

    /// <summary>The numbers of the rows of <paramref name="directions"/>, unit vectors, shape [m, d].</summary>
    public IReadOnlyList<int> Follow(Tensor directions)
    {
        var numbers = new int[directions.shape[0]];
        if (_last is not null)
        {
            Match(directions, numbers);
        }

        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = numbers[i] == 0 ? _next++ : numbers[i];
        }

        _last?.Dispose();
        _last = directions.clone().DetachFromDisposeScope();
        _numbers = numbers;
        return numbers;
    }

    /// <summary>The state that the next step needs, by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _last is null
        ? []
        : [new(DirectionsKey, _last), new(NumbersKey, tensor([.. _numbers.Select(n => (long)n), _next]))];

    /// <summary>Continues from a <see cref="State"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        if (state.TryGetValue(DirectionsKey, out var directions))
        {
            long[] numbers = [.. state[NumbersKey].cpu().data<long>()];
            (_last, _numbers, _next) = (directions.clone().DetachFromDisposeScope(), [.. numbers.SkipLast(1).Select(n => (int)n)], (int)numbers[^1]);
        }
    }

    public void Dispose() => _last?.Dispose();

    private void Match(Tensor directions, int[] numbers)
    {
        using var scope = NewDisposeScope();
        var overlaps = directions.mm(_last!.t()).Squared().to(ScalarType.Float64).cpu();
        var shares = overlaps.data<double>().ToArray().Chunk(_numbers.Length).ToArray();
        var pairs = from now in Enumerable.Range(0, numbers.Length)
                    where shares[now].Sum() > SameSpace
                    from before in Enumerable.Range(0, _numbers.Length)
                    orderby shares[now][before] descending
                    select (now, before);

        foreach (var (now, before) in pairs)
        {
            if (numbers[now] == 0 && !numbers.Contains(_numbers[before]))
            {
                numbers[now] = _numbers[before];
            }
        }
    }
}
