using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Checks;

/// <summary>Gradient descent follows gradient flow until the sharpness reaches 2/η, and leaves it after (Cohen 2021, section 3.1).</summary>
internal sealed class FlowCheck : ITheoryCheck
{
    private const int Steps = 1600;
    private const double Together = 0.01, FarApart = 0.1;

    public string Name => "flow";

    public string Description => "gradient descent and gradient flow on a network: together until the first crossing, apart after; the flow sharpens on";

    public IImage? Figure { get; private set; }

    public IReadOnlyList<CheckRow> Run()
    {
        using var descent = new ChebyshevNetwork();
        using var flow = new ChebyshevNetwork();
        var trace = DescentAndFlow.Walk(descent.Objective, flow.Objective, ChebyshevNetwork.LearningRate, Steps);
        Figure = FlowFigure.Draw(trace);
        var crossing = trace.FirstCrossing ?? throw new InvalidOperationException("the sharpness never reached 2/η");
        double Share(int step) => trace.Distance[step] / trace.Travelled[step];
        return
        [
            new CheckRow($"distance at the first crossing (step {crossing}), relative to the way the flow has gone", Share(crossing), 0, Together),
            new CheckRow($"that share over the one {Steps - crossing} steps later, after the spike", Share(crossing) / Share(Steps), 0, FarApart),
            new CheckRow("share of the steps after the crossing at which the flow, which never spikes, is sharper than 2/η",
                trace.FlowSharpness.Skip(crossing + 1).Average(s => s > 2 / trace.LearningRate ? 1.0 : 0.0), 1, 1e-12),
        ];
    }
}
