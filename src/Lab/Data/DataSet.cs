using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Examples and their classes, on the CPU in float64; the objective converts them to what it works in.</summary>
/// <param name="Inputs">Shape [n, features].</param>
/// <param name="Labels">Class numbers 0 … classes − 1, int64, shape [n].</param>
/// <param name="Classes">How many classes there are.</param>
internal sealed record DataSet(Tensor Inputs, Tensor Labels, int Classes) : IDisposable
{
    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
    }
}
