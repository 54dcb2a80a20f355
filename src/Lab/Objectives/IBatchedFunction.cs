using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>
/// The formula of a toy objective f(θ), θ of d numbers, written once for many points at a time. Torch spends microseconds on
/// every operation whatever its size, so B learning rates walked as rows of one tensor cost little more than one.
/// </summary>
internal interface IBatchedFunction : IDisposable
{
    /// <summary>d, the number of parameters.</summary>
    long Dimension { get; }

    /// <summary>f of every row of <paramref name="rows"/>, shape [B, d] → [B], differentiable and in their dtype; no row depends on another.</summary>
    Tensor Losses(Tensor rows);
}
