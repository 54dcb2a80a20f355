using LossSpikes.Lab;
using LossSpikes.Lab.Data;
using LossSpikes.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Data;

/// <summary>Inputs and targets out of files of tensors, and texts.</summary>
public sealed class TensorDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Floats_are_numbers_and_whole_numbers_are_tokens_or_classes()
    {
        var numbers = Load(("x", arange(6, ScalarType.Float32).view(3, 2)), ("y", arange(3, ScalarType.Float64)));
        Assert.Equal((null, null), (numbers.Classes, numbers.Tokens));
        Assert.Equal([0.0, 1, 2, 3, 4, 5], numbers.Inputs.data<double>().ToArray());
        Assert.Equal([3, 1], numbers.Targets.shape);

        var tokens = Load(("x", tensor([4, 0, 1, 2], dtype: ScalarType.Int32).view(2, 2)), ("y", zeros(2, dtype: ScalarType.Byte)));
        Assert.Equal((2, 5), (tokens.Classes, tokens.Tokens));
        Assert.Equal([4L, 0, 1, 2], tokens.Inputs.data<long>().ToArray());
        Assert.Equal((ScalarType.Int64, 1L), (tokens.Targets.dtype, tokens.Targets.dim()));
    }

    [Fact]
    public void The_first_examples_are_used()
    {
        var data = Load(2, ("x", arange(6, ScalarType.Float32).view(3, 2)), ("y", tensor(new long[] { 0, 1, 7 })));

        Assert.Equal((2, 2L, 2L), (data.Classes, data.Inputs.shape[0], data.Targets.shape[0]));
    }

    [Fact]
    public void Files_of_numpy_are_read_in_both_orders_and_all_dtypes()
    {
        var content = NamedTensors.Of(TensorFile.Read(Repository.File("tests/PyTorchFiles/layouts.npz"))).ToDictionary(t => t.Name, t => t.Tensor);

        Assert.Equal(["byte", "columns", "half", "scalar", "short", "truth"], content.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([0.0, 1, 2, 3, 4, 5], content["columns"].data<double>().ToArray());
        Assert.Equal([2L, 3], content["columns"].shape);
        Assert.Equal([1.5, -2], content["half"].to(ScalarType.Float64).data<double>().ToArray());
        Assert.Equal([0, 255], content["byte"].data<byte>().ToArray());
        Assert.Equal([true, false], content["truth"].data<bool>().ToArray());
        Assert.Equal(2.5f, content["scalar"].item<float>());
        Assert.Equal([-3], content["short"].data<short>().ToArray());
    }

    [Theory]
    [InlineData("objects.npz", "x.npy holds Python objects, which are not read")]
    [InlineData("big-endian.npz", "x.npy has the dtype >f8, which is not read")]
    public void Other_files_of_numpy_are_refused(string file, string says) => Assert.EndsWith(
        says, Assert.Throws<InvalidDataException>(() => TensorFile.Read(Repository.File($"tests/PyTorchFiles/{file}"))).Message, StringComparison.Ordinal);

    /// <summary>Every change of a bit is either harmless or refused; nothing is allocated that the file merely claims.</summary>
    [Theory]
    [InlineData("tokens.npz")]
    [InlineData("reader.ts")]
    public void A_changed_bit_is_refused_or_changes_nothing(string name)
    {
        var bytes = File.ReadAllBytes(Repository.File($"tests/PyTorchFiles/{name}"));
        var refused = 0;
        for (var i = 0; i < bytes.Length; i += 7)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(_folder["changed"], changed);
            try
            {
                using var scope = NewDisposeScope();
                if (name.EndsWith(".ts", StringComparison.Ordinal))
                {
                    TorchScriptArchive.Check(_folder["changed"]);
                }
                else
                {
                    Assert.Equal(2, NamedTensors.Of(TensorFile.Read(_folder["changed"])).Count);
                }
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, bytes.Length / 7 / 2, bytes.Length);
    }

    [Fact]
    public void What_is_no_data_is_refused_in_one_sentence()
    {
        var (x, y) = (ones(3, 2), ones(3));
        Refused("there is no tensor \"x\", which objective.data.inputs asks for; its tensors are: images, y", ("images", x), ("y", y));
        Refused("there is no tensor \"y\", which objective.data.targets asks for; did you mean ys?", ("x", x), ("ys", y));
        Refused("\"x\" has 3 examples, but \"y\" has 2", ("x", x), ("y", ones(2)));
        Refused("\"x\" must hold finite numbers, but has NaN or infinity in it", ("x", x * double.NaN), ("y", y));
        Refused("\"y\" must hold finite numbers, but has NaN or infinity in it", ("x", x), ("y", y / 0));
        Refused("\"x\" holds no examples: its shape is []", ("x", tensor(1.0)), ("y", y));
        Refused("\"x\" holds no examples: its shape is [0, 2]", ("x", ones(0, 2)), ("y", y));
        Refused("\"y\" holds whole numbers, which count from 0 to at most 999999, but are from -1 to 2; save other numbers as floats",
            ("x", x), ("y", tensor(new long[] { -1, 0, 2 })));
        Refused("but are from 0 to 1000000;", ("x", x), ("y", tensor(new long[] { 0, 0, 1_000_000 })));
        Assert.Contains("there are 3 examples; examples asks for 4", Refusal(() => Load(4, ("x", x), ("y", y))), StringComparison.Ordinal);

        void Refused(string says, params (string, Tensor)[] tensors) =>
            Assert.Contains(says, Refusal(() => Load(tensors)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_cut_into_pieces_and_each_character_predicts_the_next()
    {
        var file = _folder.Write("text.txt", "abcabcabč");
        var data = new TextSettings { File = file, Context = 3 }.Load();

        Assert.Equal((4, 4), (data.Classes, data.Tokens));
        Assert.Equal([0L, 1, 2, 0, 1, 2], data.Inputs.data<long>().ToArray());
        Assert.Equal([1L, 2, 0, 1, 2, 0], data.Targets.data<long>().ToArray());
        Assert.Equal([2L, 3], data.Targets.shape);
        Assert.Equal([1L, 3], new TextSettings { File = file, Context = 3, Examples = 1 }.Load().Inputs.shape);
    }

    [Fact]
    public void Hamlet_has_63_characters()
    {
        var data = new TextSettings { Context = 64 }.Load();

        Assert.Equal((63, 63), (data.Classes, data.Tokens));
        Assert.Equal([(158_398L - 1) / 64, 64], data.Inputs.shape);
        Assert.True(data.Inputs.flatten()[1..].equal(data.Targets.flatten()[..^1]).all().item<bool>());
    }

    [Fact]
    public void What_is_no_text_is_refused()
    {
        Refused(_folder.Write("short.txt", "abc"), 3, "short.txt has 3 characters, 3 of them different, which make 0 pieces of 3");
        Refused(_folder.Write("same.txt", "aaaaaaaa"), 3, "same.txt has 8 characters, 1 of them different");
        Refused(_folder["shorter.txt"], 3, "there is no such file; did you mean");
        File.WriteAllBytes(_folder["binary"], [0xFF, 0xFE, 0xFD, 0x80]);
        Refused(_folder["binary"], 3, "expected a text in UTF-8, but this is something else");

        static void Refused(string file, int context, string says) =>
            Assert.Contains(says, Refusal(() => new TextSettings { File = file, Context = context }.Load()), StringComparison.Ordinal);
    }

    private static string Refusal(Action load) => Assert.Throws<InputException>(load).Message;

    private DataSet Load(params (string Name, Tensor Tensor)[] tensors) => Load(null, tensors);

    private DataSet Load(int? examples, params (string Name, Tensor Tensor)[] tensors)
    {
        var file = _folder["data.safetensors"];
        TensorFile.Write(file, tensors.ToDictionary(t => t.Name, t => t.Tensor));
        return new TensorsSettings { File = file, Inputs = "x", Targets = "y", Examples = examples }.Load();
    }
}
