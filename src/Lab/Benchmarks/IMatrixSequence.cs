using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>A matrix that changes from step to step, for an eigenvalue tracker to follow.</summary>
internal interface IMatrixSequence
{
    /// <summary>A few words that tell it from others.</summary>
    string Name { get; }

    /// <summary>Visits every step, in order, and the same matrices every time. Seeds the global random state.</summary>
    void Run(MatrixVisitor visit);
}

/// <summary>Receives one step of an <see cref="IMatrixSequence"/>; the tensors are valid during the call.</summary>
/// <param name="matrix">The matrix at <paramref name="point"/>.</param>
/// <param name="point">Where it was taken, shape [d].</param>
/// <param name="truth">Its largest eigenvalues, largest first; empty where they are not known.</param>
internal delegate void MatrixVisitor(ILinearOperator matrix, Tensor point, IReadOnlyList<double> truth);
