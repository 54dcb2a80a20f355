using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Objectives;
using static System.FormattableString;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// The window of the catapult on the two-layer linear network of width n with one example and target 0 (Lewkowycz 2020, arXiv
/// 2003.02218, section 2): f = u·v/√n, λ = (|u|² + |v|²)/n. Below 2/λ the loss falls at once; up to 4/λ it rises first and then
/// converges to a flatter minimum; above, it diverges.
/// </summary>
internal sealed class CatapultCheck : ITheoryCheck
{
    private const int Width = 2000, Steps = 300;

    private static readonly (double LambdaEta, bool Rises, bool Converges)[] Cases =
        [(1, false, true), (1.9, false, true), (2.2, true, true), (3, true, true), (3.7, true, true), (4.5, true, false), (6, true, false)];

    public string Name => "catapult";

    public string Description => "a wide two-layer linear network started above its threshold: between 2/λ and 4/λ the loss is thrown up and comes back";

    public IReadOnlyList<CheckRow> Run() => [.. Cases.Select(Measure)];

    private static CheckRow Measure((double LambdaEta, bool Rises, bool Converges) expected)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var weights = nn.Parameter(randn([2, Width], dtype: ScalarType.Float64, generator: generator));
        var lambda = weights.Squared().sum().item<double>() / Width;
        using var objective = new AutogradObjective(
            [weights], () => new LossTerm(Scalar(0.5) * ((weights[0] * weights[1]).sum() / Scalar(Math.Sqrt(Width))).Squared()));
        var losses = ShortTraining.Run(
            objective, new GradientDescentSettings { LearningRate = expected.LambdaEta / lambda }, Steps).Select(m => m.Loss).ToList();
        var rises = losses.Max() > 1.05 * losses[0];
        var converges = losses[^1] < 1e-3 * losses[0];
        return new CheckRow(
            Invariant($"ηλ = {expected.LambdaEta}: the loss {(expected.Rises ? "rises" : "does not rise")} and ")
                + Invariant($"{(expected.Converges ? "converges" : "does not converge")} (1 where it is so; highest {losses.Max() / losses[0]:G4} times ")
                    + Invariant($"the first)"),
            rises == expected.Rises && converges == expected.Converges ? 1 : 0, 1, 1e-12);
    }
}
