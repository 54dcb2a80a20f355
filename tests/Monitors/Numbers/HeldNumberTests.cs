using System.Runtime.CompilerServices;
using TorchSharp;
using static LossSpikes.Monitors.Numbers.HeldNumber;

namespace LossSpikes.Tests.Monitors.Numbers;

public sealed class HeldNumberTests
{
    [Fact]
    public void A_held_number_outlives_a_collection_and_another_does_not()
    {
        var (held, whole, loose) = (Weak(() => Held(0.5)), Weak(() => Held(2)), Weak(() => 0.5.ToScalar()));
        GC.Collect();

        Assert.True(held.IsAlive);
        Assert.True(whole.IsAlive);
        Assert.False(loose.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Weak(Func<Scalar> make) => new(make());
}
