using System.IO.Hashing;
using LossSpikes.Lab.Distributed;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>
/// Sees that all ranks have the same θ. They do as long as they compute alike; processors of another kind, or another number of threads, round
/// otherwise, and the ranks would go apart unseen.
/// </summary>
internal static class PointCheck
{
    private const int Interval = 100;

    /// <summary>Compares the ranks every hundred steps. Cost: a hash and a message.</summary>
    /// <exception cref="InputException">They differ.</exception>
    public static void Require(long step, Tensor point, Collective world)
    {
        if (world.Size == 1 || step % Interval != 0)
        {
            return;
        }

        using var here = point.cpu();
        var hashes = world.Gather(XxHash3.HashToUInt64(here.bytes));
        if (hashes.Index().Where(h => h.Item != hashes[0]).Select(h => h.Index).ToList() is [_, ..] others)
        {
            throw new InputException(
                $"at step {step} the parameters of {(others.Count == 1 ? "rank" : "ranks")} {string.Join(", ", others)} differ from those of rank 0: "
                + "the ranks do not compute alike; use machines with one kind of processor, and the same lab and threads on each");
        }
    }
}
