using System.Runtime.CompilerServices;
using TorchSharp;
using static LossSpikes.Monitors.Numbers.HeldNumber;
using static TorchSharp.torch;

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

    [Fact]
    public void Products_are_right_while_another_thread_collects()
    {
        using var matrix = ones(2, 2, dtype: ScalarType.Float64);
        using var end = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                GC.Collect(0);
            }
        });
        collector.Start();
        try
        {
            for (var i = 0; i < 40_000; i++)
            {
                using var product = matrix * Held(0.5);
                using var sum = product.sum();
                Assert.Equal(2.0, sum.item<double>());
            }
        }
        finally
        {
            end.Cancel();
            collector.Join();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Weak(Func<Scalar> make) => new(make());
}
