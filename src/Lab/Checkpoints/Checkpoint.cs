using static TorchSharp.torch;

namespace LossSpikes.Lab.Checkpoints;

/// <summary>
/// Everything that a run needs, in addition to its experiment and its files, to continue as if it had never stopped. Random
/// numbers need no state: each is drawn from a seed that follows from the experiment and the step.
/// </summary>
internal sealed record Checkpoint
{
    /// <summary>The step that comes next: rows up to the one before are in metrics.csv.</summary>
    public required long Step { get; init; }

    /// <summary>The lengths in bytes of the files that grow with the run at this moment, by name.</summary>
    public required IReadOnlyDictionary<string, long> Lengths { get; init; }

    /// <summary>The monitor's last warning.</summary>
    public string? LastWarning { get; init; }

    /// <summary>Measured steps so far at which an eigenvalue did not converge: the one count that metrics.csv does not give back.</summary>
    public required long UnconvergedSteps { get; init; }

    /// <summary>θ, shape [d].</summary>
    public required Tensor Point { get; init; }

    /// <summary>The objective's buffers, by name: running statistics of the network.</summary>
    public required IReadOnlyDictionary<string, Tensor> Buffers { get; init; }

    /// <summary>The optimizer's state, by name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Optimizer { get; init; }

    /// <summary>The monitor's state, by name.</summary>
    public required IReadOnlyDictionary<string, Tensor> Monitor { get; init; }

    /// <summary>The same state in another precision, or on another device; what is counted in it stays whole.</summary>
    public Checkpoint To(ScalarType type, Device device)
    {
        return this with
        {
            Point = Moved(Point),
            Buffers = Buffers.ToDictionary(t => t.Key, t => Moved(t.Value)),
            Optimizer = Optimizer.ToDictionary(t => t.Key, t => Moved(t.Value)),
            Monitor = Monitor.ToDictionary(t => t.Key, t => Moved(t.Value)),
        };

        Tensor Moved(Tensor tensor) => (tensor.is_floating_point() ? tensor.to(type) : tensor).to(device);
    }
}
