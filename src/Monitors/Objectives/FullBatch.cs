using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

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
    /// <param name="targets">What <paramref name="loss"/> compares with, first dimension n.</param>
    /// <param name="loss">The loss, summed over examples.</param>
    /// <param name="chunk">How many examples are evaluated at a time; with all in one chunk the graph is built once per point.</param>
    /// <exception cref="ArgumentException">The numbers of inputs and targets differ, there are none, or <paramref name="chunk"/> is not positive.</exception>
    public FullBatch(nn.Module<Tensor, Tensor> module, Tensor inputs, Tensor targets, ILoss loss, int chunk = 8192)
    {
        if (inputs.shape[0] == 0 || targets.shape[0] != inputs.shape[0])
        {
            throw new ArgumentException($"{inputs.shape[0]} inputs do not go with {targets.shape[0]} targets");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        (_module, _inputs, _targets, _loss, _chunk) = (module, inputs, targets, loss, chunk);
    }

    /// <summary>n, the number of examples.</summary>
    public long Examples => _inputs.shape[0];

    /// <summary>The mean loss over the examples as a function of the network's parameters.</summary>
    public AutogradObjective Objective() => new(_module.parameters(), [.. Chunks.Select<(long, long), Func<LossTerm>>(c => () => Evaluate(c))]);

    /// <summary>Outputs and mean loss (divided by all n examples) of one chunk.</summary>
    internal IEnumerable<Func<(Tensor Outputs, Func<Tensor, Tensor> Loss)>> Parts =>
        Chunks.Select<(long Start, long Count), Func<(Tensor, Func<Tensor, Tensor>)>>(chunk => () =>
            (_module.call(_inputs.narrow(0, chunk.Start, chunk.Count)), outputs => _loss.Sum(outputs, _targets.narrow(0, chunk.Start, chunk.Count)) / (double)Examples));

    /// <summary>The network's parameters.</summary>
    internal Tensor[] Parameters => [.. _module.parameters().Where(p => p.requires_grad)];

    private IEnumerable<(long Start, long Count)> Chunks
    {
        get
        {
            for (long start = 0; start < Examples; start += _chunk)
            {
                yield return (start, Math.Min(_chunk, Examples - start));
            }
        }
    }

    private LossTerm Evaluate((long Start, long Count) chunk)
    {
        var targets = _targets.narrow(0, chunk.Start, chunk.Count);
        var outputs = _module.call(_inputs.narrow(0, chunk.Start, chunk.Count));
        return new LossTerm(_loss.Sum(outputs, targets) / (double)Examples, (double?)_loss.Correct(outputs, targets) / Examples);
    }
}
