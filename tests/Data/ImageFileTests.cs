using LossSpikes.Lab;
using LossSpikes.Lab.Data;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Data;

/// <summary>Images: from files of known bytes to tensors.</summary>
public sealed class ImageFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MNIST_is_read_plain_and_gzipped(bool gzip)
    {
        IdxBytes.WriteMnist(_folder.Root, [7, 2, 1], gzip);
        using var data = new MnistSettings { Folder = _folder.Root, Part = DataPart.Test }.Load();

        Assert.Equal([3, 1, 28, 28], data.Inputs.shape);
        Assert.Equal(ScalarType.Float64, data.Inputs.dtype);
        Assert.Equal([0, 1 / 255.0, 2 / 255.0], data.Inputs[TensorIndex.Colon, 0, 5, 9].data<double>().ToArray());
        Assert.Equal([7L, 2, 1], data.Targets.data<long>().ToArray());
        Assert.Equal(10, data.Classes);
    }

    [Fact]
    public void Classes_are_selected_before_examples_are_counted_and_numbered_in_the_given_order()
    {
        IdxBytes.WriteMnist(_folder.Root, [7, 2, 1, 2, 7, 2]);
        using var data = new FashionMnistSettings
        {
            Folder = _folder.Root,
            Part = DataPart.Test,
            Classes = [7, 2],
            Examples = 4,
            Normalize = Normalization.None,
        }.Load();

        Assert.Equal([0L, 1, 1, 0], data.Targets.data<long>().ToArray());
        Assert.Equal([0.0, 1, 3, 4], data.Inputs[TensorIndex.Colon, 0, 0, 0].data<double>().ToArray());
        Assert.Equal(2, data.Classes);
    }

    [Fact]
    public void CIFAR10_has_channels_before_rows()
    {
        var columns = Enumerable.Range(0, 1024).Select(i => (byte)(i % 32));
        byte[] image = [3, .. Enumerable.Repeat((byte)10, 1024), .. Enumerable.Repeat((byte)20, 1024), .. columns];
        File.WriteAllBytes(_folder["test_batch.bin"], [.. image, .. image]);
        using var data = new Cifar10Settings { Folder = _folder.Root, Part = DataPart.Test, Normalize = Normalization.None }.Load();

        Assert.Equal([2, 3, 32, 32], data.Inputs.shape);
        Assert.Equal([10.0, 20, 5], data.Inputs[1, TensorIndex.Colon, 3, 5].data<double>().ToArray());
        Assert.Equal([3L, 3], data.Targets.data<long>().ToArray());
    }

    [Fact]
    public void Standardized_digits_have_mean_0_and_variance_1()
    {
        using var data = new DigitsSettings { Examples = 100, Normalize = Normalization.Standardize }.Load();

        Assert.Equal(0, data.Inputs.mean().item<double>(), 1e-12);
        Assert.Equal(1, data.Inputs.square().mean().item<double>(), 1e-12);
    }

    [Theory]
    [InlineData(new[] { 3, 3 }, 5, "named once")]
    [InlineData(new[] { 3 }, 5, "at least two classes")]
    [InlineData(new[] { 3, 4 }, 1000, "examples asks for 1000")]
    public void An_impossible_selection_is_refused(int[] classes, int examples, string says)
    {
        var refusal = Assert.Throws<InputException>(() => new DigitsSettings { Classes = classes, Examples = examples }.Load());
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }
}
