using LossSpikes.TensorFiles;
using LossSpikes.TensorFiles.Pickle;
using LossSpikes.TensorFiles.PyTorch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Tests.PyTorch;

/// <summary>The state of optimizers, saved to files and loaded.</summary>
public sealed class OptimizerFilesTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string> Names { get; } = ["sgd", "adam", "adamw", "rmsprop", "adagrad"];

    /// <summary>PyTorch made two steps, saved its state and made a third one, which the loaded state must repeat here.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_state_of_PyTorch_gives_the_next_step_of_PyTorch(string name)
    {
        var recorded = (PickleDict)((PickleDict)TensorFile.Read(Repository.File("tests/PyTorchFiles/optimizers.pt"))!)[name]!;
        var weight = new Parameter((Tensor)recorded["weight"]!);
        using var optimizer = Create(name, weight);
        using var stream = new MemoryStream();
        PyTorchFile.Write(stream, recorded["optimizer"]);
        stream.Position = 0;

        optimizer.load_py(stream);
        Step(optimizer, weight);

        var expected = ((Tensor)recorded["next"]!).data<double>().ToArray();
        Assert.All(weight.data<double>().ToArray().Zip(expected), p => Assert.Equal(p.Second, p.First, 1e-12));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_saved_and_loaded_optimizer_continues_like_the_original(string name)
    {
        var (first, second) = (Weight(), Weight());
        using var one = Create(name, first);
        using var other = Create(name, second);
        Step(one, first);
        Step(one, first);
        using (no_grad())
        {
            second.copy_(first);
        }

        using var stream = new MemoryStream();
        one.save_py(stream);
        stream.Position = 0;
        other.load_py(stream);
        Step(one, first);
        Step(other, second);

        Assert.Equal(first.data<double>().ToArray(), second.data<double>().ToArray());
    }

    [Fact]
    public void A_state_that_does_not_fit_is_refused_and_changes_nothing()
    {
        var (weight, two) = (Weight(), Weight());
        using var optimizer = Create("adam", weight);
        using var larger = optim.Adam([weight, two]);
        Step(optimizer, weight);

        AssertRefused<WeightsMismatchException>("2 parameters, and in the file 1", () => Give(optimizer, larger));
        var state = OptimizerStates.Of(optimizer);
        ((PickleDict)((PickleDict)state["state"]!)[0L]!)["exp_avg_sq"] = zeros(7);
        AssertRefused<InvalidDataException>(
            "exp_avg_sq in its optimizer must be of shape [3], and is of shape [7]", () => OptimizerStates.Load(optimizer, state));
        ((PickleDict)((List<object?>)state["param_groups"]!)[0]!)["lr"] = "fast";
        AssertRefused<InvalidDataException>("lr in its optimizer must be a number", () => OptimizerStates.Load(optimizer, state));
        AssertRefused<InvalidDataException>("no state_dict of an optimizer", () => OptimizerStates.Load(optimizer, new PickleDict()));
        Assert.Throws<NotSupportedException>(() => optim.ASGD([weight]).save_py(new MemoryStream()));

        static void AssertRefused<T>(string says, Action load)
            where T : Exception => Assert.Contains(says, Assert.Throws<T>(load).Message, StringComparison.Ordinal);

        static void Give(OptimizerHelper from, OptimizerHelper to)
        {
            using var stream = new MemoryStream();
            from.save_py(stream);
            stream.Position = 0;
            to.load_py(stream);
        }
    }

    internal static Parameter Weight() => new(arange(1, 4, dtype: ScalarType.Float64));

    internal static OptimizerHelper Create(string name, Parameter weight) => name switch
    {
        "sgd" => optim.SGD([weight], 0.5, momentum: 0.1),
        "adam" => optim.Adam([weight], 0.5, amsgrad: true),
        "adamw" => optim.AdamW([weight], 0.5),
        "rmsprop" => optim.RMSProp([weight], 0.5, momentum: 0.1, centered: true),
        _ => optim.Adagrad([weight], 0.5),
    };

    /// <summary>One step under the gradient w.</summary>
    internal static void Step(OptimizerHelper optimizer, Parameter weight)
    {
        optimizer.zero_grad();
        (weight.pow(2).sum() / 2).backward();
        optimizer.step();
    }
}
