using LossSpikes.TensorFiles;
using static TorchSharp.torch;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Damaged files give the right tensors or one sentence, in bounded memory.</summary>
public sealed class MutationTests
{
    private const long Bounded = 200_000_000;

    [Theory]
    [InlineData("nested.pt")]
    [InlineData("layouts.pt")]
    [InlineData("dtypes.pt")]
    public void Two_thousand_damaged_PyTorch_files_each_give_the_right_tensors_or_one_sentence(string name)
    {
        using var scope = NewDisposeScope();
        var whole = File.ReadAllBytes(Repository.File($"tests/PyTorchFiles/{name}"));
        var expected = Described(TensorFile.Read(new MemoryStream(whole)));

        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var read = ReadOrRefuse(Damage.To(whole, random));

            Assert.True(read is null || read == expected);
        }
    }

    [Theory]
    [InlineData("nested.pt")]
    [InlineData("layouts.pt")]
    [InlineData("trainer-4.pt")]
    [InlineData("trainer-5.pt")]
    public void Two_thousand_damaged_pickles_with_right_checksums_each_give_tensors_or_one_sentence(string name)
    {
        var entries = ZipBytes.Entries(File.ReadAllBytes(Repository.File($"tests/PyTorchFiles/{name}")));
        var random = new Random(2);
        var read = 0;
        for (var i = 0; i < 2000; i++)
        {
            var damaged = entries.Select(e => e.Name.EndsWith("data.pkl", StringComparison.Ordinal) ? (e.Name, Damage.To(e.Content, random)) : e);
            read += ReadOrRefuse(ZipBytes.Of([.. damaged])) is null ? 0 : 1;
        }

        Assert.InRange(read, 1, 1999);
    }

    [Fact]
    public void Three_thousand_damaged_safetensors_files_each_give_what_their_header_says_or_one_sentence()
    {
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream();
        var tensors = new Dictionary<string, Tensor>
        {
            ["0.weight"] = arange(12, dtype: ScalarType.Float64).reshape(3, 4),
            ["0.bias"] = ones(3, dtype: ScalarType.Float32),
            ["mask"] = eye(2, dtype: ScalarType.Bool),
            ["half"] = arange(4, dtype: ScalarType.Int64).to(ScalarType.Float16),
            ["none"] = empty(0, 2),
        };
        Safetensors.Write(stream, tensors, Safetensors.PyTorchMetadata);
        var whole = stream.ToArray();

        var random = new Random(3);
        for (var i = 0; i < 3000; i++)
        {
            var damaged = Damage.To(whole, random);
            if (ReadOrRefuse(damaged) is { } read)
            {
                // Names and shapes may have changed, but all tensors together still have as many bytes as the file.
                var header = 8 + (int)BitConverter.ToInt64(damaged);
                var bytes = read.Split(';').Where(t => t.Length > 0).Sum(t => Convert.FromHexString(t[(t.LastIndexOf(' ') + 1)..]).Length);
                Assert.Equal(damaged.Length - header, bytes);
            }
        }
    }

    [Fact]
    public void Every_truncation_is_refused_in_one_sentence()
    {
        var whole = File.ReadAllBytes(Repository.File("tests/PyTorchFiles/layouts.pt"));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Null(ReadOrRefuse(whole[..length]));
        }
    }

    /// <summary>A description of all tensors, or null where the file is refused; any other exception fails the test.</summary>
    private static string? ReadOrRefuse(byte[] file)
    {
        using var scope = NewDisposeScope();
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            return Described(TensorFile.Read(new MemoryStream(file)));
        }
        catch (InvalidDataException e)
        {
            Assert.DoesNotContain("Exception", e.Message, StringComparison.Ordinal);
            Printable.AssertSentence(e.Message);
            return null;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Bounded);
        }
    }

    private static string Described(object? content) => string.Concat(NamedTensors.Of(content).Select(t =>
        $"{t.Name} {t.Tensor.dtype} [{string.Join(',', t.Tensor.shape)}] [{string.Join(',', t.Tensor.stride())}] {Bits(t.Tensor)};"));

    private static string Bits(Tensor tensor) => Convert.ToHexString(tensor.detach().contiguous().bytes);
}
