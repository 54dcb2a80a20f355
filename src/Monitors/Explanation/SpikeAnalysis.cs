using LossSpikes.Monitors.Forecasts;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Records;
using LossSpikes.Monitors.Stability;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Explanation;

/// <summary>Explanation and forecasts of one run: what is measured at each step, what is said before a spike and after it.</summary>
internal sealed class SpikeAnalysis : IDisposable
{
    private readonly StepExplainer _steps;
    private readonly SpikeExplainer _spikes;
    private readonly BurstDetector _bursts = new();
    private readonly CrossingForecaster _crossings = new();
    private readonly SpikeForecaster _forecasts = new();
    private readonly List<MonitorEvent> _scores = [];

    /// <param name="objective">What is being minimized.</param>
    /// <param name="every">Steps between measurements of ∇S.</param>
    public SpikeAnalysis(IObjective objective, int every)
    {
        _steps = new StepExplainer(objective, every);
        _spikes = new SpikeExplainer(() => _steps.Refusal);
    }

    /// <summary>Why ∇S is not measured, in words, or null.</summary>
    public string? Refusal => _steps.Refusal;

    /// <summary>What the next step needs, by name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _steps.State;

    /// <summary>Adds the explanation to a measured step.</summary>
    /// <param name="seen">What is known of it already.</param>
    /// <param name="derivatives">At θ_t, with curvature; it may give no further products afterwards.</param>
    /// <param name="edge">Of the update about to be made.</param>
    /// <param name="eigenvalues">All that are tracked.</param>
    /// <param name="directions">Unit vectors along which θ moves with them, shape [m, d].</param>
    public Measurement Measure(Measurement seen, IDerivatives derivatives, StabilityEdge edge, IReadOnlyList<double> eigenvalues, Tensor directions)
    {
        var explanation = _steps.Explain(seen, derivatives, edge, eigenvalues, directions);
        seen = seen with { Explanation = explanation };
        if (_bursts.Observe(seen) is not { } rank)
        {
            return seen;
        }

        var burst = rank == 1 && explanation.Alpha is { } alpha && explanation.Beta is { } beta
            ? new Burst(rank, alpha, beta)
            : _steps.Measure(rank, derivatives, eigenvalues, directions);
        return seen with { Explanation = explanation with { Burst = burst } };
    }

    /// <summary>Remembers the gradient of a step, measured or not.</summary>
    public void Remember(Tensor gradient) => _steps.Remember(gradient);

    /// <summary>Takes in a step, before the spikes that end at it are explained.</summary>
    public void Observe(Measurement seen) => _spikes.Observe(seen);

    /// <summary>The spike with its explanation.</summary>
    public SpikeEvent Explain(SpikeEvent spike)
    {
        if (_forecasts.Score(spike) is { } score)
        {
            _scores.Add(score);
        }

        return _spikes.Explain(spike);
    }

    /// <summary>Scores and forecasts that belong to a step, after its other events.</summary>
    public IEnumerable<MonitorEvent> Tell(Measurement seen)
    {
        var scores = _scores.ToArray();
        _scores.Clear();
        return [.. scores, .. _crossings.Observe(seen), .. _forecasts.Observe(seen)];
    }

    /// <summary>The scores of what has not come by the end.</summary>
    public IEnumerable<MonitorEvent> Finish(long step) =>
        [.. _scores, .. _crossings.Finish(step), .. _forecasts.Finish(step) is { } missed ? [missed] : (MonitorEvent[])[]];

    /// <summary>Takes in a step of a watch that was broken off; what was said about it was told then.</summary>
    public void Recall(Measurement seen) => _bursts.Observe(seen);

    /// <summary>Goes on from a <see cref="State"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _steps.Restore(state);

    public void Dispose() => _steps.Dispose();
}
