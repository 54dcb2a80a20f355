using LossSpikes.Lab.Theory;

namespace LossSpikes.Lab.Checks;

/// <summary>Once the sharpness has crossed 2/η it stays near it (Cohen 2021, section 3).</summary>
internal sealed class HoveringCheck : ITheoryCheck
{
    private const int Steps = 1600;

    public string Name => "hovering";

    public string Description => "a network's sharpness stays near 2/η once it has crossed it, and is back below it after the spike";

    public IReadOnlyList<CheckRow> Run()
    {
        using var network = new ChebyshevNetwork();
        var seen = ToyDescent.Walk(network.Objective, ChebyshevNetwork.LearningRate, Steps);
        var after = seen.SkipWhile(m => !(m.Sharpness > m.Threshold)).ToList();
        var peak = after.MaxBy(m => m.Loss)!.Step;
        return
        [
            new CheckRow($"mean of S/T from the first crossing (step {after[0].Step}) to step {Steps}", after.Average(m => m.Sharpness!.Value / m.Threshold), 1, 0.05),
            new CheckRow($"share of the fifty steps after the spike's peak (step {peak}) with S below T", after.SkipWhile(m => m.Step <= peak + 5).Take(50).Average(m => m.Sharpness < m.Threshold ? 1.0 : 0.0), 1, 1e-12),
        ];
    }
}
