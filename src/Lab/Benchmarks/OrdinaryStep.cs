using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>The plain training step as one would write it without the lab: modules, autograd and SGD of this libtorch.</summary>
internal sealed class OrdinaryStep : IDisposable
{
    private readonly Sequential _network;
    private readonly optim.Optimizer _optimizer;
    private readonly Tensor _inputs, _targets;

    /// <summary>A network of its own of the same shape, on the same data.</summary>
    public OrdinaryStep(TrainingCase training)
    {
        using var scope = NewDisposeScope();
        using var data = training.Data();
        _inputs = data.Inputs.flatten(1).to(ScalarType.Float32).DetachFromDisposeScope();
        _targets = nn.functional.one_hot(data.Targets, data.Classes!.Value).to(ScalarType.Float32).DetachFromDisposeScope();
        long[] widths = [_inputs.shape[1], .. training.Hidden.Select(width => (long)width), data.Classes.Value];
        var layers = widths.Zip(widths.Skip(1), (from, to) => new nn.Module<Tensor, Tensor>[] { nn.Linear(from, to), nn.Tanh() }).SelectMany(pair => pair);
        _network = nn.Sequential(layers.SkipLast(1));
#pragma warning disable RS0030 // timed, not looked at
        _optimizer = optim.SGD(_network.parameters(), training.LearningRate);
#pragma warning restore RS0030
    }

    /// <summary>Makes one.</summary>
    public void Make()
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        nn.functional.mse_loss(_network.call(_inputs), _targets).backward();
        _optimizer.step();
    }

    public void Dispose()
    {
        _network.Dispose();
        _optimizer.Dispose();
        _inputs.Dispose();
        _targets.Dispose();
    }
}
