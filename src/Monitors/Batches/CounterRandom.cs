namespace LossSpikes.Monitors.Batches;

/// <summary>
/// Random numbers that are a function of what they are drawn for, so that no state has to be saved: SplitMix64 (Steele, Lea and Flood 2014,
/// Fast Splittable Pseudorandom Number Generators) from a seed that the purpose and a counter define.
/// </summary>
/// <param name="seed">The seed of the run.</param>
/// <param name="purpose">What the numbers are for.</param>
/// <param name="counter">An epoch, or a step.</param>
internal sealed class CounterRandom(long seed, RandomPurpose purpose, long counter)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = Mix(Mix(Mix((ulong)seed + Golden) + (ulong)purpose + Golden) + (ulong)counter + Golden);

    /// <summary>A whole number from 0 to below a bound, each as probable as the others.</summary>
    public long Below(long bound)
    {
        var range = (ulong)bound;
        var biased = (0 - range) % range; // the first 2⁶⁴ mod range numbers would favour the small values
        ulong number;
        do
        {
            number = Mix(_state += Golden);
        }
        while (number < biased);
        return (long)(number % range);
    }

    /// <summary>0 … n − 1 in a random order (Fisher and Yates).</summary>
    public long[] Shuffled(int n)
    {
        long[] order = [.. Enumerable.Range(0, n).Select(i => (long)i)];
        for (var i = 0; i < n; i++)
        {
            var other = i + (int)Below(n - i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    /// <summary>Some of 0 … n − 1, none twice: the beginning of such an order, without the rest of it.</summary>
    public long[] Choose(int count, long n)
    {
        var (chosen, moved) = (new long[count], new Dictionary<long, long>());
        for (var i = 0; i < count; i++)
        {
            var other = i + Below(n - i);
            chosen[i] = moved.GetValueOrDefault(other, other);
            moved[other] = moved.GetValueOrDefault(i, i);
        }

        return chosen;
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}

/// <summary>What random numbers are for: numbers of one purpose do not depend on those of another.</summary>
internal enum RandomPurpose
{
    /// <summary>The order of an epoch.</summary>
    Epoch,

    /// <summary>The examples of one batch, drawn with replacement.</summary>
    Batch,

    /// <summary>The examples on which the curvature is measured.</summary>
    Probe,

    /// <summary>Batches with which the training batch of a step is compared.</summary>
    Others,

    /// <summary>Batches over which a mean at a step is taken.</summary>
    Draws,
}
