using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>The full-batch loss of a network built from an experiment file; it owns the network and the data.</summary>
internal sealed class NetworkObjective : IObjective
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly Tensor _inputs, _targets;
    private readonly IObjective _objective;

    /// <summary>Reads the data and draws the initial weights from the global random state, or reads them from a file.</summary>
    /// <exception cref="InputException">Data or weights are not what they should be, or data, model and loss do not go together.</exception>
    public NetworkObjective(NetworkSettings settings, ScalarType type, Device device)
        : this(DataSets.Load(settings.Data), settings.Model, settings.Loss, settings.Chunk, type, device)
    {
    }

    /// <summary>Takes the data over and draws the initial weights from the global random state, or reads them from a file.</summary>
    /// <exception cref="InputException">The weights are not what they should be, or data, model and loss do not go together.</exception>
    public NetworkObjective(DataSet data, ModelSettings model, LossFunction loss, int chunk, ScalarType type, Device device)
    {
        using var owned = data;
        (var criterion, _targets, var outputs) = Criterion.Create(loss, data, type, device);
        using var scope = NewDisposeScope();
        var inputs = data.Inputs.to(type).to(device);
        _module = Networks.Build(model, inputs, outputs);
        InitialWeights.Load(_module, model);
        _inputs = (model is CnnSettings ? inputs : inputs.flatten(1)).contiguous().clone().DetachFromDisposeScope();
        _objective = new FullBatch(_module, _inputs, _targets, criterion, chunk).Objective();
    }

    /// <summary>Parameters and buffers by their names in PyTorch; they are the network's own.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _module.state_dict();

    public long Dimension => _objective.Dimension;

    public ScalarType DataType => _objective.DataType;

    public Device Device => _objective.Device;

    public Tensor GetParameters() => _objective.GetParameters();

    public void SetParameters(Tensor point) => _objective.SetParameters(point);

    public IDerivatives Evaluate(bool curvature) => _objective.Evaluate(curvature);

    public void Dispose()
    {
        _objective.Dispose();
        _module.Dispose();
        _inputs.Dispose();
        _targets.Dispose();
    }
}
