namespace LossSpikes.Monitors.Batches;

/// <summary>
/// The mini-batches of a run, addressed by step: which examples a step sees is a function of seed and step alone, so that a run that is
/// resumed in the middle of an epoch, or replayed, sees the same ones.
/// </summary>
public sealed class BatchSampler
{
    private readonly long _seed;
    private long _epoch = -1;
    private long[] _order = [];

    /// <summary>The batches of a data set.</summary>
    /// <param name="examples">n, how many examples there are.</param>
    /// <param name="size">b, how many a batch has; the last one of an epoch has those that are left.</param>
    /// <param name="order">How they are drawn.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not between 1 and n.</exception>
    public BatchSampler(long examples, int size, BatchOrder order, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, examples);
        (Examples, Size, Order, _seed) = (examples, size, order, seed);
    }

    /// <summary>n.</summary>
    public long Examples { get; }

    /// <summary>b.</summary>
    public int Size { get; }

    /// <summary>How they are drawn.</summary>
    public BatchOrder Order { get; }

    /// <summary>The batches of some steps that are known, which take the place of drawn ones; their examples need not be among the n.</summary>
    public IReadOnlyDictionary<long, IReadOnlyList<long>> Given { get; init; } = new Dictionary<long, IReadOnlyList<long>>();

    /// <summary>How many batches an epoch has, ⌈n/b⌉.</summary>
    public long PerEpoch => (Examples + Size - 1) / Size;

    /// <summary>The indices of the examples of a step. Cost: at the first step of an epoch, n numbers.</summary>
    /// <param name="step">t, from 0.</param>
    public IReadOnlyList<long> At(long step)
    {
        if (Given.TryGetValue(step, out var given))
        {
            return given;
        }

        if (Order == BatchOrder.WithReplacement)
        {
            return WithReplacement(new CounterRandom(_seed, RandomPurpose.Batch, step), Size);
        }

        var (epoch, batch) = (step / PerEpoch, step % PerEpoch);
        if (_epoch != epoch && (Order == BatchOrder.Shuffle || _epoch < 0))
        {
            _order = Order == BatchOrder.Shuffle
                ? new CounterRandom(_seed, RandomPurpose.Epoch, epoch).Shuffled((int)Examples)
                : [.. Enumerable.Range(0, (int)Examples).Select(i => (long)i)];
            _epoch = epoch;
        }

        return _order[(int)(batch * Size)..(int)Math.Min((batch + 1) * Size, Examples)];
    }

    /// <summary>
    /// Batches that training might have drawn at a step, independent of the one that it did draw: with replacement if the batches are, else
    /// each a random choice of b of the n examples.
    /// </summary>
    /// <param name="purpose">What they are for.</param>
    /// <param name="step">t.</param>
    /// <param name="count">How many.</param>
    internal IEnumerable<IReadOnlyList<long>> Draw(RandomPurpose purpose, long step, int count)
    {
        var random = new CounterRandom(_seed, purpose, step);
        return Enumerable.Range(0, count).Select(_ => Order == BatchOrder.WithReplacement ? WithReplacement(random, Size) : random.Choose(Size, Examples));
    }

    /// <summary>A fixed choice of examples.</summary>
    /// <param name="count">How many.</param>
    internal IReadOnlyList<long> Probe(int count) => new CounterRandom(_seed, RandomPurpose.Probe, 0).Choose(count, Examples);

    private long[] WithReplacement(CounterRandom random, int count)
    {
        var drawn = new long[count];
        for (var i = 0; i < count; i++)
        {
            drawn[i] = random.Below(Examples);
        }

        return drawn;
    }
}
