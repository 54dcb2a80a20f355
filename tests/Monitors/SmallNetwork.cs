using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors;

/// <summary>A 5-4-3 tanh network in float64 on 23 random examples: 39 parameters, small enough for dense derivatives.</summary>
internal sealed class SmallNetwork : IDisposable
{
    public SmallNetwork(ILoss? loss = null, int seed = 0, nn.Module<Tensor, Tensor>? module = null)
    {
        manual_seed(seed);
        Module = module ?? nn.Sequential(
            nn.Linear(5, 4, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(4, 3, dtype: ScalarType.Float64));
        Inputs = randn([23, 5], dtype: ScalarType.Float64);
        Loss = loss ?? new SquaredError();
        Targets = Loss is CrossEntropy ? randint(0, 3, [23], dtype: ScalarType.Int64) : randn([23, 3], dtype: ScalarType.Float64);
    }

    public nn.Module<Tensor, Tensor> Module { get; }

    public Tensor Inputs { get; }

    public Tensor Targets { get; }

    public ILoss Loss { get; }

    public FullBatch Batch(int chunk = 8192) => new(Module, Inputs, Targets, Loss, chunk);

    public IObjective Objective(int chunk = 8192) => Batch(chunk).Objective();

    public void Dispose()
    {
        Module.Dispose();
        Inputs.Dispose();
        Targets.Dispose();
    }
}
