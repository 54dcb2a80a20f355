using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>The loss of a network over a whole data set, as a function of its weights.</summary>
[Description("The loss of a neural network over all examples, as a function of its weights.")]
internal sealed record NetworkSettings : ObjectiveSettings
{
    [Description("The examples the network learns.")]
    public required DataSettings Data { get; init; }

    [Description("The network.")]
    public required ModelSettings Model { get; init; }

    [Description("mse: half the squared error, summed over the outputs; cross_entropy: minus the log-probability of the right class; "
        + "logistic: the same for two classes and one output. Means over the examples.")]
    public required LossFunction Loss { get; init; }

    [Description("Examples evaluated at a time. It bounds the memory used and changes results only by rounding.")]
    [Range(1, 100_000_000)]
    public int Chunk { get; init; } = 8192;

    internal override Precision DefaultPrecision => Precision.Float32;

    internal override int? Chunks => Data.Chunks;

    internal override ObjectiveSettings InChunks(int chunks) => this with { Data = Data with { Chunks = Data.Chunks ?? chunks } };

    internal override ObjectiveSettings WithoutInitialFile() => this with { Model = Model with { InitFrom = null, InitKey = null } };

    internal override IObjective Create(int seed, ScalarType type, Device device)
    {
        var objective = new NetworkObjective(Data.Load(), Model, Loss, Chunk, type, device);
        if (Chunks is null || objective.NormalizedByBatch is not { } layer)
        {
            return objective;
        }

        objective.Dispose();
        throw new InputException($"objective.data.chunks: {layer} normalizes by the statistics of a batch, and in chunks they would be those of a chunk; "
            + "leave chunks out, or use eval mode");
    }
}

/// <summary>The loss of a network built from an experiment file, over all examples or some of them; the former owns the network and its buffers.</summary>
internal sealed class NetworkObjective : IFiniteSum
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly Tensor _inputs, _targets;
    private readonly FullBatch _examples;
    private readonly IObjective _objective;
    private readonly RunningBuffers _buffers;
    private readonly bool _ownsModule;

    /// <summary>Takes the data over and draws the initial weights from the global random state, or reads them from a file.</summary>
    /// <exception cref="InputException">The weights are not what they should be, or data, model and loss do not go together.</exception>
    public NetworkObjective(DataSet data, ModelSettings model, LossFunction loss, int chunk, ScalarType type, Device device)
    {
        using var owned = data;
        (var criterion, _targets, var outputs) = Criterion.Create(loss, data, type, device);
        using var scope = NewDisposeScope();
        var inputs = model.Inputs(data, type).to(device);
        var task = new NetworkTask(inputs.shape[1..], outputs)
        {
            Positions = data.Classes is null ? [] : data.Targets.shape[1..],
            Tokens = data.Tokens,
            Classes = loss == LossFunction.CrossEntropy,
        };
        _module = model.Build(task, type, device);
        InitialWeights.Load(_module, model);
        _inputs = inputs.contiguous().clone().DetachFromDisposeScope();
        NetworkTrial.Pass(_module, _inputs.narrow(0, 0, Math.Min(chunk, _inputs.shape[0])), task, model);
        (_buffers, _ownsModule) = (new RunningBuffers(_module), true);
        _examples = FullBatch(criterion, chunk);
        _objective = _examples.Objective();
    }

    private NetworkObjective(NetworkObjective whole, IReadOnlyList<long> examples)
    {
        using var scope = NewDisposeScope();
        (_module, _buffers) = (whole._module, whole._buffers);
        _examples = whole._examples.Select(examples, out var copies);
        (_inputs, _targets) = (copies.Inputs.DetachFromDisposeScope(), copies.Targets.DetachFromDisposeScope());
        _objective = _examples.Objective();
    }

    /// <summary>Parameters and buffers by their names in PyTorch; they are the network's own, or those of the run.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights =>
        _module.state_dict().ToDictionary(t => t.Key, t => _buffers.Values.GetValueOrDefault(t.Key, t.Value));

    public IReadOnlyDictionary<string, Tensor> Buffers => _buffers.Values;

    public long Examples => _examples.Examples;

    /// <summary>A layer that normalizes by the statistics of the examples it sees; null where there is none.</summary>
    public string? NormalizedByBatch => _examples.NormalizedByBatch;

    public long Dimension => _objective.Dimension;

    public IReadOnlyList<ParameterPart> Parts => _objective.Parts;

    public double LossScale => _objective.LossScale;

    public ScalarType DataType => _objective.DataType;

    public Device Device => _objective.Device;

    public Tensor GetParameters() => _objective.GetParameters();

    public void SetParameters(Tensor point)
    {
        _objective.SetParameters(point);
        _buffers.Step();
    }

    public void RestoreBuffers(IReadOnlyDictionary<string, Tensor> buffers) => _buffers.Restore(buffers);

    public IDerivatives Evaluate(bool curvature) => _buffers.During(() => _objective.Evaluate(curvature));

    public double EvaluateLoss() => _objective.EvaluateLoss();

    public IObjective Over(IReadOnlyList<long> examples) => new NetworkObjective(this, examples);

    public void Dispose()
    {
        _objective.Dispose();
        if (_ownsModule)
        {
            _buffers.Dispose();
            _module.Dispose();
        }

        _inputs.Dispose();
        _targets.Dispose();
    }

    private FullBatch FullBatch(ILoss loss, int chunk)
    {
        try
        {
            return new FullBatch(_module, _inputs, _targets, loss, chunk);
        }
        catch (ArgumentException e)
        {
            throw new InputException($"objective.chunk: {e.Message.Split(" (Parameter")[0]}", e);
        }
    }
}
