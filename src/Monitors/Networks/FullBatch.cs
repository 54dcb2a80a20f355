using LossSpikes.Monitors.Layers;
using LossSpikes.Monitors.Objectives;
using TorchSharp.Modules;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Networks;

/// <summary>
/// A network, all of its training examples and a loss: the adapter from an <c>nn.Module</c> to an <see cref="IObjective"/>.
/// The examples are evaluated <c>chunk</c> at a time; the sum is the same and memory does not grow with their number.
/// </summary>
public sealed class FullBatch
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly Tensor _inputs, _targets;
    private readonly ILoss _loss;
    private readonly int _chunk;

    /// <summary>Describes the batch; network and data stay the caller's.</summary>
    /// <param name="module">A deterministic network in the dtype and on the device it will be trained in: [n, …] → [n, …].</param>
    /// <param name="inputs">The examples, shape [n, …].</param>
    /// <param name="targets">The targets of <paramref name="loss"/>, first dimension n.</param>
    /// <param name="loss">The loss, summed over examples.</param>
    /// <param name="chunk">How many examples are evaluated at a time; with all in one chunk the graph is built once per point.</param>
    /// <exception cref="ArgumentException">The numbers of inputs and targets differ, there are none, <paramref name="chunk"/> is not positive, or the
    /// network normalizes by the statistics of a batch in training mode and there are several chunks.</exception>
    public FullBatch(nn.Module<Tensor, Tensor> module, Tensor inputs, Tensor targets, ILoss loss, int chunk = 8192)
    {
        if (inputs.shape[0] == 0 || targets.shape[0] != inputs.shape[0])
        {
            throw new ArgumentException($"{inputs.shape[0]} inputs do not go with {targets.shape[0]} targets");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        (_module, _inputs, _targets, _loss, _chunk) = (module, inputs, targets, loss, chunk);
        if (BatchStatistics() is { } problem)
        {
            throw new ArgumentException(problem, nameof(chunk));
        }
    }

    /// <summary>n, the number of examples.</summary>
    public long Examples => _inputs.shape[0];

    /// <summary>Some of the examples, copied, with the same network and loss. The copies belong to the present dispose scope.</summary>
    /// <param name="examples">Their indices, from 0; one that is listed twice counts twice.</param>
    /// <param name="copies">The copies.</param>
    public FullBatch Select(IReadOnlyList<long> examples, out (Tensor Inputs, Tensor Targets) copies)
    {
        using var indices = tensor([.. examples], device: _inputs.device);
        copies = (_inputs.index_select(0, indices), _targets.index_select(0, indices));
        return new FullBatch(_module, copies.Inputs, copies.Targets, _loss, _chunk);
    }

    /// <summary>
    /// The mean loss over the examples as a function of the network's parameters. A plain <c>Sequential</c> of <c>Linear</c>,
    /// convolutions, BatchNorm, pooling, <c>Flatten</c> and the usual activations has its derivatives written out; those of every other network are
    /// autograd's.
    /// </summary>
    public IObjective Objective() =>
        Layers is { } layers ? new LayeredObjective(this, layers) : PlainObjective();

    /// <summary>The layers of a network of known ones; null of any other.</summary>
    internal LayeredNetwork? Layers => _inputs.dim() > 1 && _inputs.is_floating_point() ? LayeredNetwork.Read(_module) : null;

    /// <summary>The same by autograd, whatever the network.</summary>
    internal AutogradObjective PlainObjective() => new(
        new ParameterSet(() => _module.named_parameters().Select(p => ((string?)p.name, (Tensor)p.parameter))),
        [.. Parts.Select<Func<Part>, Func<LossTerm>>(evaluate => () =>
        {
            var (outputs, targets) = evaluate();
            return new LossTerm(Loss(outputs, targets), Accuracy(outputs, targets)) { Outputs = (outputs, moved => Loss(moved, targets)) };
        })],
        new Surroundings(() => [_module]))
    {
        LossScale = _loss.Scale(_targets),
    };

    /// <summary>The network's parameters.</summary>
    internal Tensor[] Parameters => [.. _module.parameters().Where(p => p.requires_grad).DistinctBy(p => p.Handle)];

    /// <summary>One evaluation of the network for each chunk of the examples.</summary>
    internal IEnumerable<Func<Part>> Parts => Chunks.Select<Range, Func<Part>>(chunk => () =>
    {
        var (inputs, targets) = Slice(chunk);
        return new Part(_module.call(inputs), targets);
    });

    /// <summary>The chunks in which the examples are evaluated.</summary>
    internal IReadOnlyList<Range> Chunks =>
        [.. Enumerable.Range(0, (int)((Examples + _chunk - 1) / _chunk)).Select(i => (i * _chunk)..(int)Math.Min((i + 1L) * _chunk, Examples))];

    /// <summary>Views of the examples of a chunk.</summary>
    /// <exception cref="InvalidOperationException">The network has begun to normalize by the statistics of a batch.</exception>
    internal (Tensor Inputs, Tensor Targets) Slice(Range chunk)
    {
        if (BatchStatistics() is { } problem)
        {
            throw new InvalidOperationException(problem);
        }

        var (from, count) = chunk.GetOffsetAndLength((int)Examples);
        return (_inputs.narrow(0, from, count), _targets.narrow(0, from, count));
    }

    /// <summary>The contribution of some outputs to the mean loss over all examples.</summary>
    internal Tensor Loss(Tensor outputs, Tensor targets) => _loss.Sum(outputs, targets) / Scalar((double)Examples);

    /// <summary>The contribution of some outputs to the accuracy over all examples.</summary>
    internal double? Accuracy(Tensor outputs, Tensor targets) => _loss.Correct(outputs, targets) / Examples;

    /// <summary>
    /// The name of a layer that normalizes by the statistics of the examples it sees (BatchNorm in training mode): a batch is then no mean over its
    /// examples. Null where there is none.
    /// </summary>
    public string? NormalizedByBatch => _module.named_modules().FirstOrDefault(m => m.module.training && HasStatistics(m.module)).name;

    /// <summary>Why the chunks cannot stand for the full batch, as a sentence, or null.</summary>
    private string? BatchStatistics() => Chunks.Count > 1 && NormalizedByBatch is { } layer
            ? $"{layer} normalizes by the statistics of a batch, and in chunks of {_chunk} they would be those of a chunk: use one chunk, or "
                + "eval mode"
            : null;

    // By its buffers, which every such module has, be it TorchSharp's, TorchScript's or a user's.
    private static bool HasStatistics(nn.Module module) => module is BatchNorm || module.named_buffers(recurse: false).Any(b => b.name == "running_mean");

    /// <summary>The outputs of the network for a chunk, and its targets.</summary>
    internal readonly record struct Part(Tensor Outputs, Tensor Targets);
}
