using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The residuals of the Ritz pairs that were seen.</summary>
/// <param name="Outside">Their parts outside the subspace, as rows.</param>
/// <param name="Lengths">The lengths of these.</param>
/// <param name="Inside">Their coordinates inside, as rows.</param>
internal sealed record SeenResiduals(Tensor Outside, double[] Lengths, double[,] Inside)
{
    /// <summary>|A·x − θ·x| of pair <paramref name="i"/>.</summary>
    public double Norm(int i) => Math.Sqrt((Lengths[i] * Lengths[i]) + Enumerable.Range(0, Inside.GetLength(1)).Sum(j => Inside[i, j] * Inside[i, j]));
}
