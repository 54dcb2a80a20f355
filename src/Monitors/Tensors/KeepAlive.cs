using TorchSharp;

namespace LossSpikes.Monitors.Tensors;

/// <summary>Keeps numbers alive that are operands of tensors, until libtorch has read them.</summary>
/// <remarks>
/// In <c>x * 0.5</c> TorchSharp 0.107 makes a native copy of the number that nothing references while libtorch reads it. A garbage
/// collection started by another thread at that moment frees the copy, and the product is wrong or fails ("Unknown scalar
/// type"). Measured: 10 wrong products in 588,000 while another thread collected all the time, none in 604,000 with
/// <see cref="Scalar(double)"/>.
/// </remarks>
public static class KeepAlive
{
    // A thread is inside one call at a time, and none takes more than three numbers.
    private const int Remembered = 16;

    [ThreadStatic]
    private static Scalar[]? Recent;

    [ThreadStatic]
    private static int Next;

    /// <summary><paramref name="value"/> as a float64 operand, kept alive for the next operation of this thread.</summary>
    public static Scalar Scalar(double value) => Remember(value.ToScalar());

    /// <summary><paramref name="value"/> as an int64 operand, kept alive for the next operation of this thread.</summary>
    public static Scalar Scalar(long value) => Remember(value.ToScalar());

    private static Scalar Remember(Scalar number)
    {
        Recent ??= new Scalar[Remembered];
        Next = (Next + 1) % Remembered;
        return Recent[Next] = number;
    }
}
