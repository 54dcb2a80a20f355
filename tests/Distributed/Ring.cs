using LossSpikes.Lab.Distributed;

namespace LossSpikes.Tests.Distributed;

/// <summary>Ranks that are threads of this process and exchange bytes through its memory.</summary>
internal static class Ring
{
    /// <summary>Does something on every rank at the same time.</summary>
    /// <returns>What each gives, in their order.</returns>
    public static T[] Run<T>(int ranks, Func<Collective, T> work)
    {
        using var barrier = new Barrier(ranks);
        var (messages, results, failures) = (new byte[ranks][], new T[ranks], new List<Exception>());
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                using var world = new Member(rank, ranks, messages, barrier);
                results[rank] = work(world);
            }
            catch (Exception e)
            {
                lock (failures)
                {
                    failures.Add(e);
                }
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        Assert.All(threads, t => Assert.True(t.Join(TimeSpan.FromMinutes(1)), "a rank hangs"));
        Assert.Empty(failures);
        return results;
    }

    private sealed class Member(int rank, int size, byte[][] messages, Barrier barrier) : Collective
    {
        public override int Rank => rank;

        public override int Size => size;

        public override string Engine => "threads";

        public override void Dispose()
        {
        }

        protected override void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
        {
            messages[rank] = sent.ToArray();
            barrier.SignalAndWait();
            messages[partner].CopyTo(received);
            barrier.SignalAndWait();
        }
    }
}
