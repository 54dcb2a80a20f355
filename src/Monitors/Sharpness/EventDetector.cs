using LossSpikes.Monitors.Detection;
using LossSpikes.Monitors.Explanation;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>Turns the measurements of a run into its events: crossings, spikes and, with explanations, forecasts and their scores.</summary>
/// <param name="rules">The definition of a spike.</param>
/// <param name="objective">The objective: its precision and the scale of its loss.</param>
/// <param name="analysis">Explains spikes and forecasts; null where explanations are off.</param>
internal sealed class EventDetector(SpikeRules rules, IObjective objective, SpikeAnalysis? analysis)
{
    private readonly CrossingDetector _crossings = new();
    private readonly SpikeDetector _spikes = new(rules, objective.DataType, objective.LossScale);
    private long _lastStep;

    /// <summary>Whether a spike is open.</summary>
    public bool IsOpen => _spikes.IsOpen;

    /// <inheritdoc cref="SpikeDetector.OnsetStep"/>
    public long? OnsetStep => _spikes.OnsetStep;

    /// <summary>Whether the loss has diverged.</summary>
    public bool Diverged { get; private set; }

    /// <summary>The events of a step, in their order.</summary>
    public IReadOnlyList<MonitorEvent> Observe(Measurement seen)
    {
        var events = new List<MonitorEvent>();
        if (_crossings.Observe(seen) is { } crossing)
        {
            events.Add(crossing);
        }

        analysis?.Observe(seen);
        foreach (var happened in _spikes.Observe(seen))
        {
            Diverged |= happened is DivergenceEvent;
            events.Add(happened is SpikeEvent spike ? Explained(spike) : happened);
        }

        events.AddRange(analysis?.Forecast(seen) ?? []);
        _lastStep = seen.Step;
        return events;
    }

    /// <summary>The events of the end of the run: the spike that is still open, and the scores of forecasts that have not come true.</summary>
    public IReadOnlyList<MonitorEvent> Finish()
    {
        var spike = _spikes.Finish();
        return [.. spike is null ? [] : (MonitorEvent[])[Explained(spike)], .. analysis?.Finish(_lastStep) ?? []];
    }

    private SpikeEvent Explained(SpikeEvent spike) => analysis?.Explain(spike) ?? spike;
}
