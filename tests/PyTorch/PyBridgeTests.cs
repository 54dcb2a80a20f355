using LossSpikes.TensorFiles.PyTorch;
using TorchSharp;
using static TorchSharp.torch;
using TheirOptimizers = TorchSharp.PyBridge.PyBridgeOptimizerExtensions;
using Theirs = TorchSharp.PyBridge.PyBridgeModuleExtensions;

namespace LossSpikes.Tests.PyTorch;

/// <summary>TorchSharp.PyBridge reads what is written here, and what it writes is read here.</summary>
public sealed class PyBridgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<ScalarType> Types { get; } =
    [
        ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16,
        ScalarType.Int8, ScalarType.Byte, ScalarType.Bool, ScalarType.ComplexFloat32, ScalarType.ComplexFloat64,
    ];

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Tensors_of_every_dtype_go_both_ways(ScalarType type)
    {
        var from = Specimen(type);

        from.save_py(_folder["ours.pt"]);
        AssertSame(from, to => Theirs.load_py(to, _folder["ours.pt"]));
        Theirs.save_py(from, _folder["theirs.pt"]);
        AssertSame(from, to => to.load_py(_folder["theirs.pt"]));
        if (type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64)
        {
            return; // safetensors has no complex numbers
        }

        from.save_safetensors(_folder["ours.safetensors"]);
        AssertSame(from, to => Theirs.load_safetensors(to, _folder["ours.safetensors"]));
        Theirs.save_safetensors(from, _folder["theirs.safetensors"]);
        AssertSame(from, to => to.load_safetensors(_folder["theirs.safetensors"]));
    }

    [Fact]
    public void Matrices_scalars_and_empty_tensors_go_both_ways()
    {
        var from = new Holder(("matrix", arange(12, dtype: ScalarType.Float64).reshape(3, 4)), ("scalar", tensor(2.5)), ("empty", zeros(0, 3)));

        from.save_py(_folder["ours.pt"]);
        AssertSame(from, to => Theirs.load_py(to, _folder["ours.pt"]));
        Theirs.save_py(from, _folder["theirs.pt"]);
        AssertSame(from, to => to.load_py(_folder["theirs.pt"]));
    }

    [Theory]
    [MemberData(nameof(OptimizerFilesTests.Names), MemberType = typeof(OptimizerFilesTests))]
    public void States_of_optimizers_go_both_ways(string name)
    {
        AssertContinues((from, to) =>
        {
            from.save_py(_folder["ours.pt"]);
            TheirOptimizers.load_py(to, _folder["ours.pt"]);
        });
        AssertContinues((from, to) =>
        {
            TheirOptimizers.save_py(from, _folder["theirs.pt"]);
            to.load_py(_folder["theirs.pt"]);
        });

        void AssertContinues(Action<TorchSharp.Modules.OptimizerHelper, TorchSharp.Modules.OptimizerHelper> give)
        {
            var (first, second) = (OptimizerFilesTests.Weight(), OptimizerFilesTests.Weight());
            using var one = OptimizerFilesTests.Create(name, first);
            using var other = OptimizerFilesTests.Create(name, second);
            OptimizerFilesTests.Step(one, first);
            OptimizerFilesTests.Step(one, first);
            using (no_grad())
            {
                second.copy_(first);
            }

            give(one, other);
            OptimizerFilesTests.Step(one, first);
            OptimizerFilesTests.Step(other, second);
            Assert.Equal(first.data<double>().ToArray(), second.data<double>().ToArray());
        }
    }

    private static Holder Specimen(ScalarType type)
    {
        var numbers = arange(6, dtype: ScalarType.Int64).reshape(2, 3);
        return new(("a", numbers.to(type)), ("b", type == ScalarType.Bool ? numbers.eq(2) : numbers.sub(numbers.mul(numbers)).to(type)));
    }

    private static void AssertSame(Holder from, Action<Holder> load)
    {
        var to = new Holder(from.state_dict().Select(t => (t.Key, zeros_like(t.Value))));
        load(to);
        Assert.All(from.state_dict().Keys, name => Assert.Equal(from.Bits(name), to.Bits(name)));
    }
}
