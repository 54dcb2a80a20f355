using System.Text.Json;
using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.PyTorch;
using TorchSharp;
using static TorchSharp.torch;

namespace LossSpikes.Tests.PyTorch;

/// <summary>Weights of modules, saved to files and loaded.</summary>
public sealed class ModuleFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("m.pt")]
    [InlineData("m.safetensors")]
    public void A_module_that_is_saved_and_loaded_has_the_same_parameters_and_buffers(string file)
    {
        using var from = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2));
        using var to = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2));
        from.forward(randn(4, 1, 5, 5)).Dispose();

        var loaded = file.EndsWith("pt", StringComparison.Ordinal) ? ThroughPyTorch() : ThroughSafetensors();

        Assert.Equal(from.state_dict().Keys.Order(), loaded.Order());
        Assert.All(from.state_dict(), t => Assert.True(t.Value.eq(to.state_dict()[t.Key]).all().item<bool>()));
        Assert.All(to.parameters(), p => Assert.True(p.requires_grad));

        IReadOnlyList<string> ThroughPyTorch()
        {
            from.save_py(_folder[file]);
            return to.load_py(_folder[file]);
        }

        IReadOnlyList<string> ThroughSafetensors()
        {
            from.save_safetensors(_folder[file]);
            return to.load_safetensors(_folder[file]);
        }
    }

    [Fact]
    public void Names_must_match_unless_they_are_skipped_or_strict_is_off()
    {
        Layers(2).save_py(_folder["two.pt"]);
        Layers(3).save_py(_folder["three.pt"]);

        Assert.Contains("2.weight of the network is not in the file", Refusal(Layers(3), "two.pt"), StringComparison.Ordinal);
        Assert.Contains("the file has 2.weight, which the network does not", Refusal(Layers(2), "three.pt"), StringComparison.Ordinal);
        Assert.Equal(["0.bias", "0.weight", "1.bias", "1.weight"], Layers(2).load_py(_folder["three.pt"], strict: false).Order(StringComparer.Ordinal));
        Layers(2).load_py(_folder["three.pt"], skip: ["2.weight", "2.bias"]);
        Layers(3).save_py(_folder["skipped.pt"], skip: ["2.weight", "2.bias"]);
        Layers(2).load_py(_folder["skipped.pt"]);
    }

    [Fact]
    public void A_module_stays_unchanged_unless_the_whole_file_fits()
    {
        nn.Sequential(nn.Linear(2, 2), nn.Linear(3, 2)).save_py(_folder["shape.pt"]);
        using var module = Layers(2);
        var before = module.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone());

        Assert.Equal("1.weight must have the shape [2, 2], but in the file it has [2, 3]", Refusal(module, "shape.pt"));
        Assert.All(before, t => Assert.True(module.state_dict()[t.Key].eq(t.Value).all().item<bool>()));
    }

    [Fact]
    public void Floats_are_converted_and_other_dtypes_are_not()
    {
        using var wide = Layers(1).to(ScalarType.Float64);
        wide.save_py(_folder["wide.pt"]);
        using var narrow = Layers(1);
        narrow.load_py(_folder["wide.pt"]);
        Assert.Equal(ScalarType.Float32, narrow.parameters().First().dtype);
        Assert.True(narrow.parameters().First().eq(wide.parameters().First().to(ScalarType.Float32)).all().item<bool>());

        TensorFile.Write(_folder["whole.pt"], narrow.state_dict().ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Int64)));
        Assert.Equal("0.weight must be float32, but in the file it is int64", Refusal(narrow, "whole.pt"));
    }

    [Fact]
    public void A_shorter_file_replaces_a_longer_one_completely()
    {
        Layers(9).save_py(_folder["m.pt"]);
        Layers(1).save_py(_folder["m.pt"]);

        Layers(1).load_py(_folder["m.pt"]);
        Assert.Single(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_valid_names()
    {
        Layers(2).save_py(_folder["two.pt"]);

        var unexpected = Assert.Throws<UnknownNameException>(() => Layers(1).load_py(_folder["two.pt"]));

        Assert.Equal(("1.weight", "the file has 1.weight, which the network does not"), (unexpected.Name, unexpected.Problem));
        Assert.Equal(["0.weight", "0.bias"], unexpected.ValidNames);
        Assert.Equal("the file has 1.weight, which the network does not; the network has: 0.weight, 0.bias", unexpected.Message);
    }

    [Fact]
    public void Streams_stay_open_and_errors_name_the_file()
    {
        using var stream = new MemoryStream();
        Layers(1).save_safetensors(stream);
        stream.Position = 0;
        Layers(1).load_safetensors(stream);
        stream.Position = 0;
        Assert.Equal(
            "it is a safetensors file, which load_safetensors reads", Assert.Throws<InvalidDataException>(() => Layers(1).load_py(stream)).Message);
        stream.SetLength(0);
        Layers(1).save_py(stream);
        stream.Position = 0;
        Assert.Equal("it is a PyTorch file, which load_py reads", Assert.Throws<InvalidDataException>(() => Layers(1).load_safetensors(stream)).Message);
        File.WriteAllText(_folder["text.pt"], "text");

        Assert.True(stream.CanRead);
        Assert.Throws<FileNotFoundException>(() => Layers(1).load_py(_folder["none.pt"]));
        Assert.Equal(
            $"{_folder["text.pt"]}: it is neither a PyTorch file nor a safetensors file",
            Assert.Throws<InvalidDataException>(() => Layers(1).load_py(_folder["text.pt"])).Message);
        var ending = Assert.Throws<NotSupportedException>(() => TensorFile.Write(_folder["w.onnx"], Layers(1).state_dict())).Message;
        Assert.Contains("the name must end in one of", ending, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_of_a_checkpoint_folder_is_chosen_by_name_in_a_fixed_order()
    {
        using var second = Layers(2);
        second.save_py(_folder["pytorch_model.bin"]);
        AssertLoads(second, null);
        using var first = Layers(2);
        first.save_safetensors(_folder["model.safetensors"]);
        AssertLoads(first, null);
        AssertLoads(second, "pytorch_model.bin");

        void AssertLoads(nn.Module expected, string? name)
        {
            using var module = Layers(2);
            module.load_checkpoint(_folder.Root, name);
            Assert.All(expected.state_dict(), t => Assert.True(module.state_dict()[t.Key].eq(t.Value).all().item<bool>()));
        }
    }

    [Fact]
    public void An_index_spreads_tensors_over_files_of_its_own_folder_only()
    {
        using var module = Layers(2);
        module.save_safetensors(_folder["a.safetensors"], skip: ["1.weight", "1.bias"]);
        module.save_safetensors(_folder["b.safetensors"], skip: ["0.weight", "0.bias"]);
        using var loaded = Layers(2);

        Index("b.safetensors");
        loaded.load_checkpoint(_folder.Root);
        Assert.True(loaded.parameters().Last().eq(module.parameters().Last()).all().item<bool>());

        foreach (var outside in new[] { "../b.safetensors", "/b.safetensors", "..", "", "x\\b" })
        {
            Index(outside);
            AssertRefused("must be the name of a file");
        }

        Index("a.safetensors");
        AssertRefused("a.safetensors lacks 1.");
        File.WriteAllText(_folder["model.safetensors.index.json"], "[]");
        AssertRefused("weight_map");

        void AssertRefused(string says) =>
            Assert.Contains(says, Assert.Throws<InvalidDataException>(() => loaded.load_checkpoint(_folder.Root)).Message, StringComparison.Ordinal);

        void Index(string last) => File.WriteAllText(
            _folder["model.safetensors.index.json"],
            JsonSerializer.Serialize(new
            {
                metadata = new { total_size = 1 },
                weight_map = new Dictionary<string, string>
                {
                    ["0.weight"] = "a.safetensors",
                    ["0.bias"] = "a.safetensors",
                    ["1.weight"] = last,
                    ["1.bias"] = last,
                },
            }));
    }

    private static nn.Module<Tensor, Tensor> Layers(int count) => nn.Sequential(Enumerable.Range(0, count).Select(_ => nn.Linear(2, 2)));

    private string Refusal(nn.Module module, string file) => Assert.ThrowsAny<WeightsMismatchException>(() => module.load_py(_folder[file])).Message;
}
