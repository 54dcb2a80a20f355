using System.Runtime.CompilerServices;
using TorchSharp;
using static LossSpikes.Monitors.Tensors.KeepAlive;

namespace LossSpikes.Tests.Monitors.Tensors;

public sealed class KeepAliveTests
{
    [Fact]
    public void A_kept_scalar_outlives_a_collection_and_another_does_not()
    {
        var (held, whole, loose) = (Weak(() => Scalar(0.5)), Weak(() => Scalar(2)), Weak(() => 0.5.ToScalar()));
        GC.Collect();

        Assert.True(held.IsAlive);
        Assert.True(whole.IsAlive);
        Assert.False(loose.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Weak(Func<Scalar> make) => new(make());
}
