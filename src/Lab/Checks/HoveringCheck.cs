using LossSpikes.Lab.Optimizers;

namespace LossSpikes.Lab.Checks;

/// <summary>Once the sharpness has crossed 2/η it stays near it (Cohen 2021, section 3).</summary>
internal sealed class HoveringCheck : ITheoryCheck
{
    // Steps enough for one spike. T₅ starts above its 2/η and is catapulted below it first.
    private static readonly (int Degree, double LearningRate, int Steps)[] Networks = [(3, 0.085, 1600), (4, 0.085, 2700), (5, 0.15, 1800)];

    public string Name => "hovering";

    public string Description => "a network's sharpness stays near 2/η once it has crossed it, and is back below it after the spike";

    public IReadOnlyList<CheckRow> Run() => [.. Networks.SelectMany(network => Rows(network.Degree, network.LearningRate, network.Steps))];

    private static IEnumerable<CheckRow> Rows(int degree, double learningRate, int steps)
    {
        using var network = new ChebyshevNetwork(degree);
        var seen = ShortTraining.Run(network.Objective, new GradientDescentSettings { LearningRate = learningRate }, steps);
        var after = seen.SkipWhile(m => m.Sharpness > m.Threshold).SkipWhile(m => !(m.Sharpness > m.Threshold)).ToList();
        var peak = after.MaxBy(m => m.Loss)!.Step;
        yield return new CheckRow(
            $"T{degree}: mean of S/T from the crossing at step {after[0].Step} to step {steps}", after.Average(m => m.Sharpness!.Value / m.Threshold), 1, 0.05);
        yield return new CheckRow(
            $"T{degree}: share of the fifty steps after the spike's peak (step {peak}) with S below T",
            after.SkipWhile(m => m.Step <= peak + 5).Take(50).Average(m => m.Sharpness < m.Threshold ? 1.0 : 0.0),
            1,
            1e-12);
    }
}
