using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Training;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Batches;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Training;

/// <summary>A short training of a small network on digits, with a cause of spikes that is known because it was put there.</summary>
internal sealed record MadeRun(OptimizerSettings Optimizer, int Steps)
{
    public int Examples { get; init; } = 512;

    public int Seed { get; init; }

    public int Every { get; init; } = 5;

    public BatchSpikeRules Rules { get; init; } = new();

    /// <summary>At which step a batch of noise with random labels is put into the data, sequential ones; null for none.</summary>
    public int? BadBatchAt { get; init; }

    /// <summary>From which step on the lower half of the images is not black, sequential batches; its weights begin at 0. Null for all.</summary>
    public int? LowerHalfFrom { get; init; }

    /// <summary>At which step the optimizer forgets its state; null for none.</summary>
    public int? ResetAt { get; init; }

    /// <summary>Receives step, parameters, gradient and next parameters of every update.</summary>
    public Action<long, Tensor, Tensor, Tensor>? Updated { get; init; }

    /// <summary>The parameters of the network.</summary>
    public IReadOnlyList<ParameterPart> Parts { get; private set; } = [];

    /// <summary>What the monitor recorded.</summary>
    public Recorder Train()
    {
        using var scope = NewDisposeScope();
        manual_seed(Seed);
        using var network = new NetworkObjective(
            Data(), new MlpSettings { Hidden = [24], Activation = Activation.Tanh }, LossFunction.Mse, 8192, ScalarType.Float32, CPU);
        var size = Optimizer.Batch!.Value;
        using var trained = new Unrolled(network, size, Steps + 1, Row);
        using var batches = new MiniBatches(trained, new BatchSampler(trained.Examples, size, Optimizer.Order, Seed), Examples);
        BlindToLowerHalf(network);
        var recorder = new Recorder();
        using var monitor = new CurvatureMonitor(
            batches, new MonitorOptions { Every = Every, Eigenvalues = 1, AuditEvery = 0, BatchSpikes = Rules }, recorder);
        Parts = network.Parts;
        using var optimizer = new Overheard(Optimizer.Create(trained), Updated);
        var trainer = new Trainer(trained, optimizer, monitor, new StopRules(Steps, new StopSettings()), batches);
        while (trainer.Advance(CancellationToken.None) is null)
        {
            if (trainer.Step == ResetAt)
            {
                optimizer.Restore(optimizer.State.Map(t => zeros_like(t)));
            }
        }

        return recorder;
    }

    private DataSet Data()
    {
        using var digits = new DigitsSettings { Examples = Examples }.Load();
        var (inputs, targets) = (digits.Inputs.flatten(1), digits.Targets);
        var (size, upper) = (Optimizer.Batch!.Value, inputs.clone());
        upper.narrow(1, 32, 32).zero_();
        return new DataSet(
            cat([inputs, upper, rand([size, 64], dtype: ScalarType.Float64) * KeepAlive.Scalar(3)]).DetachFromDisposeScope(),
            cat([targets, targets, randint(0, 10, [size], dtype: ScalarType.Int64)]).DetachFromDisposeScope(),
            digits.Classes);
    }

    /// <summary>The example in the data that a step sees at a place of the unrolled ones.</summary>
    private long Row(long step, long place, long index) =>
        step == BadBatchAt ? 2 * Examples + place : index % Examples + (step < LowerHalfFrom ? Examples : 0);

    private void BlindToLowerHalf(NetworkObjective network)
    {
        if (LowerHalfFrom is not null)
        {
            var point = network.GetParameters();
            point.narrow(0, 0, 24 * 64).view(24, 64).narrow(1, 32, 32).zero_();
            network.SetParameters(point);
        }
    }

    private sealed class Overheard(IOptimizer optimizer, Action<long, Tensor, Tensor, Tensor>? updated) : IOptimizer
    {
        public OptimizerState State => optimizer.State;

        public void Restore(OptimizerState state) => optimizer.Restore(state);

        public Update Next(long step, Tensor point, Tensor gradient)
        {
            var update = optimizer.Next(step, point, gradient);
            updated?.Invoke(step, point, gradient, update.Point);
            return update;
        }

        public void Dispose() => optimizer.Dispose();
    }

    /// <summary>As many examples as the run sees, in their order.</summary>
    private sealed class Unrolled(NetworkObjective network, int size, int steps, Func<long, long, long, long> row) : IFiniteSum
    {
        public long Examples => (long)size * steps;

        public long Dimension => network.Dimension;

        public IReadOnlyList<ParameterPart> Parts => network.Parts;

        public double LossScale => network.LossScale;

        public ScalarType DataType => network.DataType;

        public Device Device => network.Device;

        public IObjective Over(IReadOnlyList<long> examples) =>
            network.Over([.. examples.Select(i => row(i / size, i % size, i))]);

        public Tensor GetParameters() => network.GetParameters();

        public void SetParameters(Tensor point) => network.SetParameters(point);

        public IDerivatives Evaluate(bool curvature) => network.Evaluate(curvature);

        public void Dispose()
        {
        }
    }
}
