using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>Rows of length d that grow in number. They lie in blocks, so that growing copies nothing: of long rows there is no room for a copy.</summary>
/// <param name="dimension">d.</param>
/// <param name="type">Their dtype.</param>
/// <param name="device">Where they are.</param>
internal sealed class GrowingRows(long dimension, ScalarType type, Device device) : IDisposable
{
    private const int BlockRows = 16;

    private readonly List<Tensor> _blocks = [];
    private int _count;

    /// <summary>Adds a copy of <paramref name="vector"/>, shape [d]; returns the row as a view of shape [1, d].</summary>
    public Tensor Add(Tensor vector)
    {
        if (_count == BlockRows * _blocks.Count)
        {
            _blocks.Add(empty([BlockRows, dimension], dtype: type, device: device).DetachFromDisposeScope());
        }

        var row = _blocks[^1].narrow(0, _count++ % BlockRows, 1);
        row.copy_(vector);
        return row;
    }

    /// <summary>The dot products of all rows with <paramref name="vector"/>, shape [rows].</summary>
    public Tensor Dots(Tensor vector) => cat([.. Filled.Select(block => block.mv(vector))]);

    /// <summary>Takes Σ dots_i·row_i from <paramref name="vector"/>, in place.</summary>
    public void Subtract(Tensor vector, Tensor dots)
    {
        foreach (var (block, part) in Filled.Zip(dots.split(BlockRows)))
        {
            vector.addmv_(block.t(), part, beta: 1, alpha: -1);
        }
    }

    /// <summary>The linear combinations with <paramref name="coefficients"/>, shape [m, rows] → [m, d].</summary>
    public Tensor Combine(Tensor coefficients) =>
        Filled.Zip(coefficients.split(BlockRows, 1), (block, part) => part.mm(block)).Aggregate((sum, term) => sum.add_(term, alpha: Scalar(1)));

    /// <summary>Releases the rows.</summary>
    public void Dispose() => _blocks.ForEach(block => block.Dispose());

    private IEnumerable<Tensor> Filled => _blocks.Select((block, i) => block.narrow(0, 0, Math.Min(BlockRows, _count - (BlockRows * i))));
}
