using LossSpikes.Lab.Checks;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Explanation;
using LossSpikes.Monitors.Sharpness;

namespace LossSpikes.Tests.Monitors.Forecasts;

/// <summary>The events of a run whose measurements are made up: the sharpness, α and the loss are what a test says.</summary>
internal sealed class ForecastRun : IDisposable
{
    public const double Rate = 0.1, Threshold = 2 / Rate;

    private readonly ChebyshevNetwork _network = new(); // nothing is measured: it stands for float64
    private readonly SpikeAnalysis _analysis;
    private readonly EventDetector _events;

    public ForecastRun(SpikeRules? rules = null)
    {
        _analysis = new SpikeAnalysis(_network.Objective, 1);
        _events = new EventDetector(new MonitorOptions { Spikes = rules ?? new SpikeRules() }, _network.Objective, _analysis);
    }

    public List<MonitorEvent> Events { get; } = [];

    public IReadOnlyList<ForecastEvent> Forecasts => [.. Events.OfType<ForecastEvent>()];

    public IReadOnlyList<ForecastScoredEvent> Scores => [.. Events.OfType<ForecastScoredEvent>()];

    public IReadOnlyList<SpikeEvent> Spikes => [.. Events.OfType<SpikeEvent>()];

    /// <summary>One measured step of plain gradient descent; the threshold is that of its learning rate.</summary>
    public void Add(
        long step, double sharpness, double alpha, double rate = Rate, double loss = 1, double x = 1e-9, double beta = 1, double gradient = 1,
        bool burst = false) =>
        Events.AddRange(_events.Observe(new Measurement
        {
            Step = step,
            Loss = loss,
            GradientNorm = gradient,
            Threshold = 2 / rate,
            LearningRate = rate,
            Eigenvalues = [sharpness, 1],
            GradientDots = [x * sharpness, 0],
            Explanation = new StepExplanation
            {
                Guards = [0.5],
                Modes = [1, 2, 3],
                Oscillations = [x, 0, 0],
                OscillationEnergy = sharpness * x * x / 2,
                Alpha = alpha,
                Beta = beta,
                Delta = alpha > 0 ? Math.Sqrt(2 * alpha / beta) : null,
                Burst = burst ? new Burst(1, alpha, beta) : null,
            },
        }));

    /// <summary>Steps at which S is a function of the step and α is its slope over η.</summary>
    public void Follow(long from, long to, Func<long, double> sharpness, double rate = Rate)
    {
        for (var t = from; t <= to; t++)
        {
            Add(t, sharpness(t), (sharpness(t + 1) - sharpness(t - 1)) / (2 * rate), rate);
        }
    }

    public void Finish() => Events.AddRange(_events.Finish());

    public void Dispose()
    {
        _analysis.Dispose();
        _network.Dispose();
    }
}
