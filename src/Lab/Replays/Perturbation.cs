using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Replays;

/// <summary>
/// <c>perturb</c>: every parameter is multiplied by 1 + ε or 1 − ε at random, ε the spacing of the numbers at 1: the smallest
/// change that every parameter feels, as large as the rounding of one operation.
/// </summary>
internal sealed record Perturbation(int Seed) : Change(Seed == 0 ? "perturb" : $"perturb={Seed}", Seed == 0 ? "perturb" : $"perturb-{Seed}")
{
    public override bool ActsAtCheckpoint => true;

    public override void Act(Experiment experiment, long step, IObjective objective, IOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)Seed);
        var point = objective.GetParameters();
        var signs = rand([objective.Dimension], dtype: ScalarType.Float64, generator: generator).sub(Scalar(0.5)).sign();
        var spacing = point.dtype == ScalarType.Float64 ? Math.Pow(2, -52) : Math.Pow(2, -23);
        objective.SetParameters(point * (Scalar(spacing) * signs).Plus(Scalar(1)).to(point.dtype).to(point.device));
    }
}
