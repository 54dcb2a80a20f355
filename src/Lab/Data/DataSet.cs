using static TorchSharp.torch;

namespace LossSpikes.Lab.Data;

/// <summary>Examples and what to learn from them, on the CPU; the objective converts them to what it works in.</summary>
/// <param name="Inputs">float64, shape [n, features] or, for images, [n, channels, height, width]; tokens as int64, shape [n, T].</param>
/// <param name="Targets">
/// With classes, their numbers 0 … classes − 1, int64, shape [n] or, with one at each position, [n, T]; in a regression float64, shape [n, targets, …].
/// </param>
/// <param name="Classes">How many classes there are; null in a regression.</param>
internal sealed record DataSet(Tensor Inputs, Tensor Targets, int? Classes = null) : IDisposable
{
    /// <summary>How many different tokens there are; null where the inputs are no tokens.</summary>
    public int? Tokens { get; init; }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
    }
}
