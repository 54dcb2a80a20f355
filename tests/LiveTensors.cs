using TorchSharp;

namespace LossSpikes.Tests;

/// <summary>The number of live tensors in this process, to compare with a later one.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// The count after garbage collection: tensors that other tests left to the finalizer would reduce it at any moment. Compare it with
    /// <c>Tensor.TotalCount</c> itself, which still counts tensors that are left to the finalizer.
    /// </summary>
    public static long Settled()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
