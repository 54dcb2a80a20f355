using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>Files that PyTorch itself wrote; tests/PyTorchFiles/make.py has their content.</summary>
public sealed class RealPyTorchFilesTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Every_dtype_has_its_values()
    {
        var tensors = NamedTensors.StateDict(Read("dtypes.pt"), null);

        Assert.Equal(12, tensors.Count);
        foreach (var (name, tensor) in tensors)
        {
            var type = TensorType.Of(tensor.dtype);
            Assert.Equal(name, type.Name);
            Assert.Equal([2, 2], tensor.shape);
            var parts = type.IsComplex ? tensor.real : tensor;
            Assert.Equal(name == "bool" ? [0, 1, 1, 1] : [0, 1, 2, 3], parts.to(ScalarType.Float64).contiguous().data<double>().ToArray());
        }
    }

    [Fact]
    public void Views_have_their_values_and_strides_and_share_their_storage()
    {
        var tensors = NamedTensors.StateDict(Read("layouts.pt"), null);

        AssertView("base", [12], [1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        AssertView("transposed", [4, 3], [1, 4], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
        AssertView("column", [3], [4], [1, 5, 9]);
        AssertView("corner", [2, 2], [4, 1], [6, 7, 10, 11]);
        AssertView("every_third", [4], [3], [1, 4, 7, 10]);
        AssertView("expanded", [5], [0], [0, 0, 0, 0, 0]);
        Assert.Equal(3.5f, tensors["scalar"].item<float>());
        Assert.Equal([0, 3], tensors["empty"].shape);
        Assert.True(tensors["alone"].requires_grad);
        Assert.Equal([1.5f, -2.5f], tensors["alone"].data<float>().ToArray());

        tensors["base"].fill_(7);
        AssertView("corner", [2, 2], [4, 1], [7, 7, 7, 7]);

        void AssertView(string name, long[] shape, long[] strides, double[] values)
        {
            Assert.Equal(shape, tensors[name].shape);
            Assert.Equal(strides, tensors[name].stride());
            Assert.Equal(values, tensors[name].contiguous().data<double>().ToArray());
        }
    }

    [Fact]
    public void A_checkpoint_of_a_training_script_is_read_as_its_dictionary()
    {
        var content = Assert.IsType<PickleDict>(Read("nested.pt"));

        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias"], NamedTensors.StateDict(content, "model").Keys);
        Assert.Equal(3L, content["epoch"]);
        Assert.Equal(0.125, content["best"]);
        Assert.Equal(1L << 40, content["large"]);
        Assert.Equal(-5L, content["negative"]);
        Assert.Equal(false, content["done"]);
        Assert.Equal("čau", content["note"]);
        Assert.Null(content["nothing"]);
        Assert.Equal([1.0, 2.0], Assert.IsType<List<object?>>(content["history"]));
        Assert.Equal([2L, 3L], Assert.IsType<object?[]>(content["size"]));
        Assert.Equal("float64", Assert.IsType<PickleGlobal>(content["dtype"]).Name);
        Assert.Equal([7f, 8f], Assert.IsType<Tensor>(content["parameter"], exactMatch: false).data<float>().ToArray());
        Assert.True(((Tensor)content["parameter"]!).requires_grad);

        var optimizer = Assert.IsType<PickleDict>(content["optimizer"]);
        var group = Assert.IsType<PickleDict>(Assert.Single(Assert.IsType<List<object?>>(optimizer["param_groups"])));
        Assert.Equal(0.01, group["lr"]);
        Assert.Equal([0L, 1L, 2L, 3L], Assert.IsType<List<object?>>(group["params"]));
        Assert.Equal([3, 2], ((Tensor)((PickleDict)((PickleDict)optimizer["state"]!)[0L]!)["exp_avg"]!).shape);
    }

    [Theory]
    [InlineData("old.pt", "PyTorch's format of before version 1.6; load it in Python and save it again")]
    [InlineData("torchscript.pt", "a TorchScript archive (torch.jit.save), which holds a program; save the module's state_dict()")]
    public void Files_with_other_content_are_refused_in_one_sentence(string name, string says)
    {
        var path = Repository.File($"tests/PyTorchFiles/{name}");
        var message = Assert.Throws<InvalidDataException>(() => TensorFile.Read(path)).Message;

        Assert.StartsWith($"{path}: ", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_checkpoint_of_a_trainer_is_read_but_for_values_of_other_types(int protocol)
    {
        var content = Assert.IsType<PickleDict>(Read($"trainer-{protocol}.pt"));
        var model = NamedTensors.StateDict(content, "model");
        var optimizer = (PickleDict)content["optimizer"]!;
        var state = (PickleDict)((PickleDict)optimizer["state"]!)[0L]!;

        Assert.Equal([1, 2], model["weight"].shape);
        Assert.Equal([0.1f, 0.1f], ((Tensor)state["exp_avg"]!).flatten().data<float>().Select(v => MathF.Round(v, 6)));
        Assert.Equal([1f, 2f], ((Tensor)content["parameter"]!).data<float>().ToArray());
        Assert.Equal(8, ((Tensor)((PickleDict)content["rng"]!)["torch"]!).numel());
        Assert.Equal(4L, ((PickleDict)content["by pair"]!)["text"]);
        Assert.IsType<PickleGlobal>(content["dtype"]);
        var notRead = NamedTensors.NotRead(content).ToDictionary(o => o.Name, o => o.Value.Type);
        Assert.Equal("argparse.Namespace", notRead["args"]);
        Assert.Equal("collections.Counter", notRead["schedule.milestones"]);
        Assert.Equal("torch.device", notRead["device"]);
        Assert.Equal("collections.defaultdict", notRead["counts"]);
        Assert.Equal("int of more than 64 bits", notRead["large"]);
        Assert.Equal("posixpath.join", notRead["function"]);
        Assert.Equal([3L, 0.25], [content["best"], content["loss"]]);
        Assert.All((string[])["array", "classes", "note", "by pair.<other keys>"], name => Assert.Contains(name, notRead.Keys));
    }

    private static object? Read(string name) => TensorFile.Read(Repository.File($"tests/PyTorchFiles/{name}"));
}
