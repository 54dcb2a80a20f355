using System.Runtime.ExceptionServices;
using TorchSharp;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Distributed;

/// <summary>
/// The processes that share a run, called ranks. What they have is added along a binary tree over the ranks, whose number is a power of two, so
/// that every rank gets the same bytes on every machine. An MPI_Allreduce promises no order of the additions.
/// </summary>
internal abstract class Collective : IDisposable
{
    /// <summary>The number of this process, from 0. Rank 0 alone writes and prints.</summary>
    public abstract int Rank { get; }

    /// <summary>The number of processes, a power of two.</summary>
    public abstract int Size { get; }

    /// <summary>What carries the messages, with its version.</summary>
    public abstract string Engine { get; }

    /// <summary>Threads of the arithmetic of each; results depend on them by rounding.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Replaces the numbers, float32 or float64 in row-major order, by their sums over the ranks. All ranks call it, in the same order of calls.
    /// Cost: log₂ <see cref="Size"/> messages in either direction.
    /// </summary>
    public void Sum(Tensor numbers)
    {
        if (Size == 1)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var own = numbers.cpu();
        var other = empty_like(own);
        for (var distance = 1; distance < Size; distance *= 2)
        {
            Exchange(Rank ^ distance, own.bytes, other.bytes);
            own.add_(other, alpha: Scalar(1));
        }

        if (numbers.device_type != DeviceType.CPU)
        {
            numbers.copy_(own);
        }
    }

    /// <summary>The sums over the ranks.</summary>
    public double[] Sum(params double[] numbers)
    {
        if (Size == 1)
        {
            return numbers; // without libtorch, which may be missing
        }

        using var all = tensor(numbers);
        Sum(all);
        return [.. all.data<double>()];
    }

    /// <summary>Whether any rank says so.</summary>
    public bool Any(bool own) => Sum(own ? 1 : 0)[0] > 0;

    /// <summary>A 64-bit number of every rank, in their order.</summary>
    public ulong[] Gather(ulong own)
    {
        // Halves of 32 bits are exact in float64.
        var halves = new double[2 * Size];
        (halves[2 * Rank], halves[(2 * Rank) + 1]) = (own >> 32, own & uint.MaxValue);
        return [.. Sum(halves).Chunk(2).Select(half => ((ulong)half[0] << 32) | (ulong)half[1])];
    }

    /// <summary>Does something on all ranks, each its own, that may fail: where one fails, all do.</summary>
    /// <exception cref="PeerException">It has failed on another rank, which says why.</exception>
    public T Together<T>(Func<T> begin) where T : IDisposable?
    {
        T? begun = default;
        ExceptionDispatchInfo? failure = null;
        try
        {
            begun = begin();
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }

        if (!Any(failure is not null))
        {
            return begun!;
        }

        begun?.Dispose();
        failure?.Throw();
        throw new PeerException();
    }

    /// <summary>Waits until the others have done their part of <see cref="Together"/>.</summary>
    /// <exception cref="PeerException">It has failed.</exception>
    public void WaitForOthers() => Together<IDisposable?>(() => null);

    /// <summary>Leaves the other ranks, at the same point as they do. A process that ends without it has failed, and ends the others.</summary>
    public virtual void Leave()
    {
    }

    public abstract void Dispose();

    /// <summary>Sends bytes to another rank and receives as many from it.</summary>
    protected abstract void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received);
}
