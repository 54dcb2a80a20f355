using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>Matrices of a few rows on their way from tensors and back; what is computed with them is float64.</summary>
internal static class SmallMatrix
{
    /// <summary>The entries of <paramref name="matrix"/>.</summary>
    public static double[,] Read(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = ((int)matrix.shape[0], (int)matrix.shape[1]);
        var entries = new double[rows, columns];
        Buffer.BlockCopy(matrix.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray(), 0, entries, 0, entries.Length * sizeof(double));
        return entries;
    }

    /// <summary>A tensor like <paramref name="like"/> in dtype and device.</summary>
    public static Tensor Write(double[,] entries, Tensor like)
    {
        using var scope = NewDisposeScope();
        return tensor(entries.Cast<double>().ToArray(), [entries.GetLength(0), entries.GetLength(1)]).to(like.dtype).to(like.device).MoveToOuterDisposeScope();
    }
}
