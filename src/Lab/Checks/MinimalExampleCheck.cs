using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using static System.FormattableString;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// ½(1 − xyzw)², the smallest function on which gradient descent shows the edge of stability (Zhu 2022, arXiv 2210.03294): whatever
/// the step size, it ends in a minimum whose sharpness is just below 2/η.
/// </summary>
internal sealed class MinimalExampleCheck : ITheoryCheck
{
    private const int Steps = 4000;

    private static readonly double[] LearningRates = [0.15, 0.2, 0.25];

    public string Name => "minimal";

    public string Description => "½(1 − xyzw)² from a sharp start: descent ends in a minimum whose sharpness is just below 2/η";

    public IReadOnlyList<CheckRow> Run() => [.. LearningRates.Select(eta =>
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(tensor([2.5, 2.5, 0.5, 0.3]));
        using var objective = new AutogradObjective([w], () => new LossTerm(Scalar(0.5) * Scalar(1).Minus(w.prod(0L)).Squared()));
        var last = ShortTraining.Run(objective, new GradientDescentSettings { LearningRate = eta }, Steps)[^1];
        return new CheckRow(Invariant($"η = {eta}: S/T at the minimum that is reached (loss {last.Loss:E1})"), last.Sharpness!.Value / last.Threshold, 1, 0.1);
    })];
}
