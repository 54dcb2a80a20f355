using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Tensors;

/// <summary>Keeps numbers that are operands of tensors, and the generator of random numbers, alive until libtorch has read them.</summary>
/// <remarks>
/// In <c>x * 0.5</c> TorchSharp 0.107 makes a native copy of the number that nothing references while libtorch reads it. A garbage
/// collection started by another thread at that moment frees the copy, and the product is wrong or fails ("Unknown scalar
/// type"). Measured: 10 wrong products in 588,000 while another thread collected all the time, none in 604,000 with
/// <see cref="Scalar(double)"/>. Many methods of TorchSharp make such a copy inside, among them <c>a + b</c> (of 1, the factor
/// of b) and <c>square()</c>: 132 of 412,888 sums failed, none of 475,760 with <see cref="Plus(Tensor, Tensor)"/>.
/// src/BannedSymbols.Numbers.txt lists them. A caller's own losses, modules and optimizers that use them keep the race.
/// </remarks>
public static class KeepAlive
{
    // A thread is inside one call at a time, and none takes more than three numbers; but the first number of an expression waits
    // until the rest of the expression, which makes numbers too, is computed.
    private const int Remembered = 256;

    /// <summary>libtorch's own random numbers on the CPU; do not dispose it.</summary>
    /// <remarks>
    /// <c>torch.get_rng_state()</c> and its relatives make a generator for each call, which nothing references while libtorch reads it. With a thread
    /// that collected garbage all the time, on a busy machine, 2 of 40 runs of two seconds ended in a segmentation fault.
    /// </remarks>
#pragma warning disable RS0030 // kept
    public static Generator DefaultGenerator { get; } = Generator.Default;
#pragma warning restore RS0030

    [ThreadStatic]
    private static Scalar[]? Recent;

    [ThreadStatic]
    private static int Next;

#pragma warning disable RS0030 // remembered at once
    /// <summary><paramref name="value"/> as a float64 operand, kept alive for the next operation of this thread.</summary>
    public static Scalar Scalar(double value) => Remember(value.ToScalar());

    /// <summary><paramref name="value"/> as an int64 operand, kept alive for the next operation of this thread.</summary>
    public static Scalar Scalar(long value) => Remember(value.ToScalar());
#pragma warning restore RS0030

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, alpha: Scalar(1));

    /// <summary>a + b of a tensor and a number.</summary>
    public static Tensor Plus(this Tensor a, Scalar b) => a.add(b, alpha: Scalar(1));

    /// <summary>a − b of a number and a tensor.</summary>
    public static Tensor Minus(this Scalar a, Tensor b)
    {
        using var negative = b.negative();
        return negative.Plus(a);
    }

    /// <summary>x², with the derivatives of <c>square()</c> to the last bit.</summary>
    public static Tensor Squared(this Tensor x) => x.pow(Scalar(2));

    private static Scalar Remember(Scalar number)
    {
        Recent ??= new Scalar[Remembered];
        Next = (Next + 1) % Remembered;
        return Recent[Next] = number;
    }
}
