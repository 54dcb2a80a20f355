using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Distributed;

/// <summary>
/// Adds 2^k tensors pairwise, neighbours first: the order does not depend on how many of them a process has, as long as its share is an aligned
/// power of two. It keeps k tensors at a time, which belong to the dispose scope that they were made in.
/// </summary>
internal sealed class TreeSum
{
    private readonly Stack<(int Leaves, Tensor Sum)> _subtrees = new();

    /// <summary>The sum; all leaves have been added.</summary>
    public Tensor Total => _subtrees.Single().Sum;

    /// <summary>Adds the next leaf, which is changed or disposed.</summary>
    public void Add(Tensor leaf)
    {
        var (leaves, sum) = (1, leaf);
        while (_subtrees.TryPeek(out var left) && left.Leaves == leaves)
        {
            _subtrees.Pop();
            left.Sum.add_(sum, alpha: Scalar(1));
            sum.Dispose();
            (leaves, sum) = (2 * leaves, left.Sum);
        }

        _subtrees.Push((leaves, sum));
    }
}
