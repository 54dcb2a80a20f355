using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Experiments;

/// <summary>
/// One training run, as its file describes it. The members of this record and of the ones below it are the keys of the file;
/// their attributes are the rules the values are checked against, and both make the JSON schema.
/// </summary>
internal sealed record Experiment
{
    [Description("What the run is called; its folder gets this name.")]
    [RegularExpression(
        "[A-Za-z0-9][A-Za-z0-9._-]{0,99}", ErrorMessage = "must be at most 100 letters, digits, dots, dashes and underscores, the first a letter or a digit")]
    public required string Name { get; init; }

    [Description("Seed of every random number: the initial weights, the probe vectors. The same seed repeats the run.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    [Description("Precision of parameters and arithmetic. Networks take float32 and toys float64 unless set otherwise.")]
    public Precision? Dtype { get; init; }

    [Description("Where the arithmetic is done: cpu, cuda, cuda:N (the GPU numbered N, from 0) or mps.")]
    [RegularExpression("cpu|cuda(:[0-9]{1,3})?|mps", ErrorMessage = "must be cpu, cuda, cuda:N (N the number of the GPU) or mps")]
    public string Device { get; init; } = "cpu";

    [Description("The function that is minimized. Every step sees the whole of it, unless optimizer.batch says how many examples.")]
    public required ObjectiveSettings Objective { get; init; }

    [Description("The rule that makes a step out of a gradient.")]
    public required OptimizerSettings Optimizer { get; init; }

    [Description("Follow a flow in the place of the optimizer's steps: the averaged path of its oscillations and the mean loss along it, or gradient flow. "
        + "Empty: the optimizer makes its steps.")]
    public FlowSettings? Flow { get; init; }

    [Description("How many updates are made.")]
    [Range(1, Limits.MaxSteps)]
    public required int Steps { get; init; }

    [Description("When to stop before all steps are done. Empty: never.")]
    public StopSettings Stop { get; init; } = new();

    [Description("How the curvature is watched along the way, and what counts as a spike.")]
    public MonitorSettings Monitor { get; init; } = new();

    [Description("How often the run is saved so that lab resume can go on with it.")]
    public CheckpointSettings Checkpoint { get; init; } = new();

    /// <summary>The precision the run works in: <see cref="Dtype"/>, or the default of its kind of objective.</summary>
    [JsonIgnore]
    public Precision Precision => Dtype ?? Objective.DefaultPrecision;

    /// <summary>The step of the first row: that at which a flow begins, or 0.</summary>
    [JsonIgnore]
    public long FirstStep => Flow?.From ?? 0;

    /// <summary>The same run without the file of its initial weights, for a run whose weights come from a checkpoint.</summary>
    public Experiment WithoutInitialFile() => this with { Objective = Objective.WithoutInitialFile() };

    /// <summary>The same run with its examples in chunks, where it has examples and names no number of chunks.</summary>
    public Experiment InChunks(int chunks) => this with { Objective = Objective.InChunks(chunks) };

    /// <summary>The mini-batches that an objective is trained by; null where every step sees all examples.</summary>
    /// <exception cref="InputException">There are no examples to make batches of, or fewer than a batch or the probe has.</exception>
    public MiniBatches? CreateBatches(IObjective objective)
    {
        if (Optimizer.Batch is not { } size)
        {
            return Monitor.Probe is not null
                ? throw new InputException("monitor.probe goes with optimizer.batch; without it the loss is that of all examples")
                : Monitor.BatchSharpness is not null
                    ? throw new InputException("monitor.batch_sharpness goes with optimizer.batch; without it there are no batches")
                : null;
        }

        if (objective is not IFiniteSum whole)
        {
            throw new InputException("optimizer.batch: this objective has no examples to make batches of; batch goes with objective.kind: network");
        }

        return size > whole.Examples ? throw TooMany("optimizer.batch", size, whole)
            : Monitor.Probe > whole.Examples ? throw TooMany("monitor.probe", Monitor.Probe.Value, whole)
            : new MiniBatches(whole, new BatchSampler(whole.Examples, size, Optimizer.Order, Seed), Monitor.Probe);
    }

    /// <summary>The objective at its starting point; random parts are drawn from the global random state.</summary>
    /// <param name="device">Where its tensors are.</param>
    /// <exception cref="InputException">The settings do not go together, or a file they name is not what it should be.</exception>
    public IObjective CreateObjective(Device device) => Objective.Create(Seed, Precision.ToScalarType(), device);

    /// <summary>The same, shared by some ranks where its examples are cut into chunks.</summary>
    /// <param name="device">Where its tensors are.</param>
    /// <param name="world">The ranks.</param>
    /// <exception cref="InputException">The same; or there are fewer chunks than ranks, or fewer examples than chunks.</exception>
    public IObjective CreateObjective(Device device, Collective world)
    {
        var objective = CreateObjective(device);
        if (Objective.Chunks is { } chunks)
        {
            return ShardedObjective.Of((IFiniteSum)objective, chunks, world);
        }

        if (world.Size == 1 || objective is not IFiniteSum)
        {
            return objective; // a toy has no examples: every rank evaluates it
        }

        objective.Dispose();
        throw new InputException("objective.data.chunks is empty: the examples of this run are not cut into chunks, so ranks cannot share them");
    }

    /// <summary>The monitor of a run.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="batches">Its mini-batches, from <see cref="CreateBatches"/>.</param>
    /// <param name="optimizer">What makes its steps, and may measure them.</param>
    /// <param name="sinks">Receive measurements and events.</param>
    /// <exception cref="InputException">What is to be measured does not go with the objective.</exception>
    public CurvatureMonitor CreateMonitor(IObjective objective, MiniBatches? batches, IOptimizer optimizer, params IEnumerable<IMonitorSink> sinks)
    {
        if (Monitor is { Layers: false, LayerPatterns.Count: > 0 })
        {
            throw new InputException("monitor.layer_patterns goes with monitor.layers: true");
        }

        if (Monitor.GaussNewton && Objective is not NetworkSettings)
        {
            throw new InputException("monitor.gauss_newton goes with objective.kind: network: the Gauss-Newton matrix is that of a loss on its outputs");
        }

        try
        {
            var options = Monitor.ToOptions(Seed);
            options = options with
            {
                Measurements = [.. options.Measurements, .. optimizer.Measurements],
                CrossingBand = Flow is null ? 0 : Monitor.Tolerance, // a flow holds S at T
            };
            return batches is null ? new(objective, options, sinks) : new(batches, options, sinks);
        }
        catch (ArgumentException e) when (e is not ArgumentOutOfRangeException)
        {
            throw new InputException($"monitor.layer_patterns: {e.Message}", e);
        }
    }

    private static InputException TooMany(string key, int count, IFiniteSum whole) =>
        new($"{key} is {count}, but there are {whole.Examples} examples");
}
