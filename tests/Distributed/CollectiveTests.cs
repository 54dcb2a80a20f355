using LossSpikes.Lab;
using LossSpikes.Lab.Distributed;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Distributed;

public sealed class CollectiveTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void The_sum_over_chunks_and_ranks_is_that_of_neighbours_first(int ranks)
    {
        // float32, where the order of additions shows.
        const int Chunks = 16, Length = 1000;
        var random = new Random(3);
        var leaves = Enumerable.Range(0, Chunks).Select(_ => Enumerable.Range(0, Length).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()).ToArray();

        var sums = Ring.Run(ranks, world =>
        {
            using var scope = NewDisposeScope();
            var sum = new TreeSum();
            foreach (var leaf in leaves.Skip(world.Rank * Chunks / ranks).Take(Chunks / ranks))
            {
                sum.Add(tensor(leaf));
            }

            world.Sum(sum.Total);
            return sum.Total.data<float>().ToArray();
        });

        var expected = Pairwise(leaves);
        Assert.All(sums, s => Assert.Equal(expected, s));
        Assert.NotEqual(leaves.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]), expected); // one after the other
    }

    [Fact]
    public void Every_rank_knows_the_numbers_of_all()
    {
        var numbers = Ring.Run(4, world => world.Gather(ulong.MaxValue - (ulong)world.Rank));

        Assert.All(numbers, n => Assert.Equal([ulong.MaxValue, ulong.MaxValue - 1, ulong.MaxValue - 2, ulong.MaxValue - 3], n));
        Assert.All(Ring.Run(4, world => world.Any(world.Rank == 2)), Assert.True);
        Assert.All(Ring.Run(4, world => world.Any(false)), Assert.False);
    }

    [Fact]
    public void Where_one_rank_fails_all_do_and_release_what_they_had()
    {
        var released = 0;
        var failures = Ring.Run(4, world =>
        {
            try
            {
                world.Together(() => world.Rank == 1 ? throw new InputException("no file") : new Released(() => Interlocked.Increment(ref released)));
                return "";
            }
            catch (InputException e)
            {
                return e.Message;
            }
        });

        Assert.Equal(["another rank has failed", "no file", "another rank has failed", "another rank has failed"], failures);
        Assert.Equal(3, released);
    }

    private static float[] Pairwise(float[][] leaves) => leaves.Length == 1 ? leaves[0]
        : [.. Pairwise(leaves[..(leaves.Length / 2)]).Zip(Pairwise(leaves[(leaves.Length / 2)..]), (a, b) => a + b)];

    private sealed class Released(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
