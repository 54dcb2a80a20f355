using System.IO.Compression;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.PyTorch;
using LossSpikes.Tests.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;
using Theirs = TorchSharp.PyBridge.PyBridgeModuleExtensions;

namespace LossSpikes.Tests.PyTorch;

/// <summary>The differences to TorchSharp.PyBridge 1.4.4 that docs/pytorch.md lists: what it does with bad files, and that they are refused here.</summary>
public sealed class PyBridgeDifferencesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_wrong_shape()
    {
        new Holder(("w", ones(1))).save_py(_folder["one.pt"]);
        var module = new Holder(("w", zeros(3)));

        Assert.Contains("must have the shape [3]", Refusal<WeightsMismatchException>(module, _folder["one.pt"]), StringComparison.Ordinal);
        Theirs.load_py(module, _folder["one.pt"]);
        Assert.Equal([1f, 0f, 0f], Values(module, "w"));
    }

    [Fact]
    public void Views_with_an_offset_and_transposed_matrices()
    {
        var grid = arange(12, dtype: ScalarType.Float32).reshape(3, 4);
        foreach (var view in (Tensor[])[grid[1], grid[.., 1], grid.t()])
        {
            var (from, to) = (new Holder(("w", view)), new Holder(("w", zeros(view.shape))));
            from.save_py(_folder["view.pt"]);
            Assert.ThrowsAny<Exception>(() => Theirs.load_py(to, _folder["view.pt"]));
            to.load_py(_folder["view.pt"]);
            Assert.Equal(from.Bits("w"), to.Bits("w"));
        }

        Theirs.save_py(new Holder(("w", grid[1])), _folder["row.pt"]);
        var row = Refusal<InvalidDataException>(new Holder(("w", zeros(4))), _folder["row.pt"]);
        Assert.Contains("does not fit into its storage", row, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Theirs.save_py(new Holder(("w", grid.t())), _folder["transposed.pt"]));
    }

    [Fact]
    public void A_module_after_an_error()
    {
        new Holder(("a", ones(2)), ("b", ones(2)), ("c", ones(5))).save_py(_folder["other.pt"]);
        var module = new Holder(("a", zeros(2)), ("b", zeros(2)), ("c", zeros(2)));

        Refusal<WeightsMismatchException>(module, _folder["other.pt"]);
        Assert.Equal([0f, 0f], Values(module, "a"));
        Assert.ThrowsAny<Exception>(() => Theirs.load_py(module, _folder["other.pt"]));
        Assert.Equal([1f, 1f], Values(module, "a"));
    }

    [Fact]
    public void An_index_that_leads_out_of_its_folder()
    {
        Directory.CreateDirectory(_folder["inside"]);
        new Holder(("w", ones(2))).save_safetensors(_folder["outside.safetensors"]);
        File.WriteAllText(_folder["inside/model.safetensors.index.json"], """{"weight_map":{"w":"../outside.safetensors"}}""");
        var module = new Holder(("w", zeros(2)));

        Assert.Throws<InvalidDataException>(() => module.load_checkpoint(_folder["inside"]));
        Theirs.load_checkpoint(module, _folder["inside"], useTqdm: false);
        Assert.Equal([1f, 1f], Values(module, "w"));
    }

    [Fact]
    public void A_small_file_that_unfolds_to_a_thousand_times_its_size()
    {
        const int Count = 8 << 20;
        var pickle = PickleCode.Holding(PickleCode.Tensor(PickleCode.Storage(count: Count), 0, [Count], [1]));
        File.WriteAllBytes(_folder["bomb.pt"], ZipBytes.Of(
            CompressionLevel.SmallestSize, ("a/data.pkl", pickle), ("a/data/0", new byte[4 * Count]), ("a/version", "3\n"u8.ToArray())));
        Assert.InRange(new FileInfo(_folder["bomb.pt"]).Length, 0, 40_000);
        var module = new Holder(("w", ones(Count)));

        Assert.Contains("can stand for", Refusal<InvalidDataException>(module, _folder["bomb.pt"]), StringComparison.Ordinal);
        Theirs.load_py(module, _folder["bomb.pt"]);
        Assert.Equal(0f, module.state_dict()["w"].sum().item<float>());
    }

    private static float[] Values(Holder module, string name) => module.state_dict()[name].data<float>().ToArray();

    private static string Refusal<T>(Holder module, string file)
        where T : Exception => Assert.Throws<T>(() => module.load_py(file)).Message;
}
