using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>The full-batch loss of a network built from an experiment file; it owns the network and the data.</summary>
internal sealed class NetworkObjective : IObjective
{
    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly Tensor _inputs, _targets;
    private readonly AutogradObjective _objective;

    /// <summary>Reads the data and draws the initial weights from the global random state.</summary>
    public NetworkObjective(NetworkSettings settings, ScalarType type, Device device)
    {
        using var data = settings.Data switch
        {
            DigitsSettings digits => Digits.Load(digits.Examples, digits.File),
            _ => throw new NotSupportedException(settings.Data.GetType().Name),
        };
        _inputs = data.Inputs.to(type).to(device);
        ILoss loss;
        (loss, _targets) = settings.Loss switch
        {
            LossFunction.Mse => (new SquaredError(), nn.functional.one_hot(data.Labels, data.Classes).to(type).to(device)),
            LossFunction.CrossEntropy => ((ILoss)new CrossEntropy(), data.Labels.to(device).clone()),
            _ => throw new NotSupportedException(settings.Loss.ToString()),
        };
        _module = settings.Model switch
        {
            MlpSettings mlp => Mlp.Build(mlp, data.Inputs.shape[1], data.Classes, type, device),
            _ => throw new NotSupportedException(settings.Model.GetType().Name),
        };
        _objective = new FullBatch(_module, _inputs, _targets, loss, settings.Chunk).Objective();
    }

    public long Dimension => _objective.Dimension;

    public ScalarType DataType => _objective.DataType;

    public Device Device => _objective.Device;

    public Tensor Point() => _objective.Point();

    public void MoveTo(Tensor point) => _objective.MoveTo(point);

    public IExpansion Expand(bool curvature) => _objective.Expand(curvature);

    public void Dispose()
    {
        _objective.Dispose();
        _module.Dispose();
        _inputs.Dispose();
        _targets.Dispose();
    }
}
