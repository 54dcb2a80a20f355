using TorchSharp;

namespace LossSpikes.Tests;

/// <summary>The tensors alive in this process, as a count to begin a comparison from.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// How many are left once all that nobody holds are gone: what other tests left to the finalizer would be taken off the count
    /// at any moment. Afterwards <c>Tensor.TotalCount</c> itself is compared, so that what is left to the finalizer shows.
    /// </summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
