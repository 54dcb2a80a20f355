using System.IO.Compression;
using LossSpikes.Lab;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Monitors.Objectives;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.PyTorch;
using LossSpikes.Tests.PyTorch;
using LossSpikes.Tests.TensorFiles;
using TorchSharp;
using static LossSpikes.Tests.TensorFiles.PickleCode;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Diagnosis;

/// <summary>Checkpoints from elsewhere: nothing is executed, nothing ends the process, and what is wrong gets one sentence.</summary>
public sealed class MaliciousCheckpointTests : IDisposable
{
    private const long Bounded = 200_000_000;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("trainer-4")]
    [InlineData("groups-by-kind")]
    [InlineData("lightning")]
    public void Four_hundred_damaged_checkpoints_each_give_an_optimizer_or_one_sentence(string name)
    {
        var entries = ZipBytes.Entries(File.ReadAllBytes(CheckpointTruth.PathOf(name)));
        var random = new Random(4);
        var read = 0;
        for (var i = 0; i < 400; i++)
        {
            using var scope = NewDisposeScope();
            var damaged = entries.Select(e => e.Name.EndsWith("data.pkl", StringComparison.Ordinal) ? (e.Name, Damage.To(e.Content, random)) : e);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Diagnose(ZipBytes.Of([.. damaged]), name == "groups-by-kind" ? "adamw" : null);
                read++;
            }
            catch (Exception e) when (e is InvalidDataException or WeightsMismatchException or InputException)
            {
                Printable.AssertSentence(e.Message);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Bounded);
        }

        Assert.InRange(read, 1, 399);
    }

    [Fact]
    public void A_reduce_of_os_system_is_a_name_and_no_call()
    {
        using var folder = new TemporaryFolder();
        var weights = Tensor(Storage(), 0, [2], [1]);
        byte[] call = [.. Global("posix", "system"), .. Text($"touch {folder["made"]}"), 0x85, .. Call];
        byte[] pickle =
        [
            .. Proto, (byte)'}', .. Text("model"), (byte)'}', .. Text("w"), .. weights, (byte)'s', (byte)'s',
            .. Text("optimizer"), (byte)'}', .. Text("state"), .. call, (byte)'s', .. Text("param_groups"), .. call, (byte)'s', (byte)'s', .. Stop,
        ];
        var checkpoint = TrainingCheckpoint.Of(Read(pickle));

        Assert.False(File.Exists(folder["made"]));
        Assert.Equal([("optimizer.state", "posix.system"), ("optimizer.param_groups", "posix.system")], checkpoint.NotRead.Select(o => (o.Name, o.Value.Type)));
        Assert.Equal([1f, 2f], checkpoint.Weights["w"].data<float>().ToArray());
        Assert.Null(checkpoint.Optimizer);
    }

    [Theory]
    [InlineData("f8", "<", "000000000000e03f", 0.5)]
    [InlineData("f4", "<", "0000003f", 0.5)]
    [InlineData("f2", "<", "0038", 0.5)]
    [InlineData("i8", "<", "ffffffffffffffff", -1L)]
    [InlineData("i4", "<", "02000000", 2L)]
    [InlineData("b1", "|", "01", true)]
    [InlineData("b1", "|", "02", null)]
    [InlineData("f8", ">", "000000000000e03f", null)]
    [InlineData("f8", "<", "0000003f", null)]
    [InlineData("f8", "<", "", null)]
    [InlineData("O8", "<", "0000000000000000", null)]
    [InlineData("c16", "<", "00000000000000000000000000000000", null)]
    public void A_number_of_numpy_has_the_bytes_of_its_dtype_or_is_opaque(string code, string order, string bytes, object? expected)
    {
        foreach (var module in (string[])["numpy.core.multiarray", "numpy._core.multiarray"])
        {
            var digits = Convert.FromHexString(bytes);
            byte[] dtype =
            [
                .. Global("numpy", "dtype"), .. Text(code), 0x89, 0x88, 0x87, .. Call, (byte)'q', 0, .. Mark, .. Int(3), .. Text(order), (byte)'t', (byte)'b',
            ];
            byte[] first = [.. Global(module, "scalar"), .. dtype, (byte)'C', (byte)digits.Length, .. digits, 0x86, .. Call];
            byte[] again = [.. Global(module, "scalar"), (byte)'h', 0, (byte)'C', (byte)digits.Length, .. digits, 0x86, .. Call];
            var content = (PickleDict)Read([.. Proto, (byte)'}', .. Text("a"), .. first, (byte)'s', .. Text("b"), .. again, (byte)'s', .. Stop])!;

            Assert.Equal(expected ?? $"{module}.scalar", content["a"] is PickleOpaque opaque ? opaque.Type : content["a"]);
            Assert.Equal(content["a"], content["b"]);
        }
    }

    [Fact]
    public void Numbers_of_numpy_are_not_made_of_anything_but_bytes_and_a_dtype()
    {
        byte[][] arguments = [[(byte)')'], [.. Int(1), .. Int(2), 0x86], [.. Global("numpy", "dtype"), .. Text("f8"), 0x86], [(byte)'N', 0x85]];
        foreach (var given in arguments)
        {
            var content = (PickleDict)Read(Holding([.. Global("numpy.core.multiarray", "scalar"), .. given, .. Call]))!;

            Assert.Equal(new PickleOpaque("numpy.core.multiarray.scalar"), content["w"]);
        }
    }

    [Fact]
    public void Empty_truncated_and_bare_files_and_bombs_are_refused()
    {
        var whole = File.ReadAllBytes(CheckpointTruth.PathOf("adam"));
        Refuses([], "it is empty");
        Refuses(whole[..(whole.Length / 2)], "a damaged zip archive");
        Refuses(whole[..(whole.Length - 1)], "a damaged zip archive");
        Refuses([.. Proto, (byte)'}', .. Stop], "a bare pickle");
        var pickle = Holding(Tensor(Storage(count: 500_000_000), 0, [500_000_000], [1]));
        (string, byte[])[] bomb = [("a/data.pkl", pickle), ("a/version", [(byte)'3']), ("a/data/0", new byte[50_000_000])];
        Refuses(ZipBytes.Of(CompressionLevel.SmallestSize, bomb), "a/data/0 claims 50000000 bytes, more than a file of");
        Refuses(ZipBytes.PyTorch(pickle), "a tensor of shape [500000000] claims 2000000000 bytes, more than a file of");
        Refuses(ZipBytes.PyTorch(Holding(Tensor(Storage(), 0, [1L << 40], [0]))), "more than a file of");
    }

    [Theory]
    [InlineData("lr", "nan", "lr of its optimizer must be a finite number")]
    [InlineData("lr", "0", "the learning rate of its optimizer is 0; say --learning-rate")]
    [InlineData("lr", "-1", "learning_rate must be greater than 0, but is -1")]
    [InlineData("momentum", "1", "beta must be at least 0 and less than 1, but is 1")]
    [InlineData("momentum", "nan", "momentum of its optimizer must be a finite number")]
    [InlineData("weight_decay", "inf", "weight_decay of its optimizer must be a finite number")]
    [InlineData("weight_decay", "-1", "weight_decay must be at least 0, but is -1")]
    public void Options_without_meaning_are_refused_in_one_sentence(string option, string value, string says)
    {
        var number = value switch { "nan" => double.NaN, "inf" => double.PositiveInfinity, _ => double.Parse(value) };
        var checkpoint = CheckpointTruth.Read("momentum");
        var group = checkpoint.Optimizer!.Groups[0];
        var changed = group with { Options = new Dictionary<string, object>(group.Options) { [option] = number } };

        var message = Assert.ThrowsAny<InputException>(() => Optimizer(checkpoint with { Optimizer = checkpoint.Optimizer with { Groups = [changed] } })
            .Settings(OptimizerOverrides.None)).Message;

        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.StartsWith("x.pt: ", message, StringComparison.Ordinal);
    }

    private static void Diagnose(byte[] file, string? kind)
    {
        var optimizer = Optimizer(TrainingCheckpoint.Of(TensorFile.Read(new MemoryStream(file))));
        optimizer.State(optimizer.Settings(OptimizerOverrides.None with { Kind = kind }), zeros(1));
    }

    private static SavedOptimizer Optimizer(TrainingCheckpoint checkpoint) =>
        new(checkpoint, [.. checkpoint.Weights.Select(w => new ParameterPart(w.Key, w.Value.numel()))], "x.pt");

    private static object? Read(byte[] pickle) => TensorFile.Read(new MemoryStream(ZipBytes.PyTorch(pickle)));

    private static void Refuses(byte[] file, string says)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(says, Assert.Throws<InvalidDataException>(() => TensorFile.Read(new MemoryStream(file))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Bounded);
    }
}
