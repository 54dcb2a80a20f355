using LossSpikes.Lab.Data;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>The built-in digits as larger, noisy images, as many as are wanted: the spectrum is that of real data, at the size of CIFAR-10.</summary>
internal static class EnlargedDigits
{
    private const int Height = 48, Width = 64;

    // Dimmed, so that the first layer is no more saturated than that of the small images.
    private const double Noise = 0.3, Brightness = 0.3;

    /// <summary><paramref name="examples"/> images of 48 × 64 pixels; the digits come round again where these are more than there are.</summary>
    public static DataSet Load(int examples)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        using var digits = new DigitsSettings().Load();
        var chosen = tensor(Enumerable.Range(0, examples).Select(i => i % digits.Inputs.shape[0]).ToArray());
        var images = nn.functional.interpolate(digits.Inputs[chosen], size: [Height, Width]);
        var noisy = images.add_(randn([.. images.shape], dtype: images.dtype, generator: generator), alpha: Scalar(Noise)).mul_(Scalar(Brightness));
        return new DataSet(noisy.MoveToOuterDisposeScope(), digits.Targets[chosen].MoveToOuterDisposeScope(), digits.Classes);
    }
}
