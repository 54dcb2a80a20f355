using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Batches;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>What the command line says about a training whose checkpoints are files.</summary>
/// <param name="Before">The checkpoint before the spike.</param>
/// <param name="Model">A TorchScript network, or an experiment file that has the network.</param>
internal sealed record DiagnosisInputs(string Before, string Model)
{
    /// <summary>The checkpoint after the spike.</summary>
    public string? After { get; init; }

    /// <summary>Where the weights are in the checkpoints; null to search.</summary>
    public string? Key { get; init; }

    /// <summary>The mode of a TorchScript network.</summary>
    public NetworkMode Mode { get; init; }

    /// <summary>The file of the data; null for those of the experiment file.</summary>
    public string? Data { get; init; }

    /// <summary>The name of the inputs in it.</summary>
    public string Inputs { get; init; } = "x";

    /// <summary>The name of the targets in it.</summary>
    public string Targets { get; init; } = "y";

    /// <summary>The loss; null for that of the experiment file.</summary>
    public LossFunction? Loss { get; init; }

    /// <summary>The file of the batches around the spike.</summary>
    public string? Batches { get; init; }

    /// <summary>Examples in a batch; null for that of the file of batches, or for all examples.</summary>
    public int? Batch { get; init; }

    /// <summary>How further batches are drawn.</summary>
    public BatchOrder Order { get; init; }

    /// <summary>Examples on which loss and curvature are measured; null for all.</summary>
    public int? Probe { get; init; }

    /// <summary>The precision; null for that of networks.</summary>
    public Precision? Dtype { get; init; }

    /// <summary>What counts instead of the optimizer in the checkpoints.</summary>
    public OptimizerOverrides Optimizer { get; init; } = OptimizerOverrides.None;
}
