using LossSpikes.Monitors.Detection;
using LossSpikes.Monitors.Explanation;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>Turns the measurements of a run into its events: crossings, spikes and, with explanations, forecasts and their scores.</summary>
/// <param name="options">The definitions of a spike.</param>
/// <param name="objective">The objective: its precision and the scale of its loss.</param>
/// <param name="analysis">Explains spikes and forecasts; null where explanations are off.</param>
/// <param name="examiner">Examines spikes of mini-batches; null where the optimizer sees all examples.</param>
internal sealed class EventDetector(MonitorOptions options, IObjective objective, SpikeAnalysis? analysis, IBatchExaminer? examiner = null)
{
    private readonly CrossingDetector _crossings = new(options.CrossingBand);
    private readonly ISpikeDetector _spikes = examiner is null
        ? new SpikeDetector(options.Spikes, objective.DataType, objective.LossScale)
        : new BatchSpikeDetector(options.Spikes, options.BatchSpikes, objective.DataType, objective.LossScale, examiner);

    private readonly MomentumRipple _ripple = new();
    private readonly SpikeMeaning _meaning = new();
    private long _lastStep;
    private long? _lastRipple;
    private double _period;
    private double? _lastRate;

    /// <summary>Whether a spike is open.</summary>
    public bool IsOpen => _spikes.IsOpen;

    /// <inheritdoc cref="ISpikeDetector.OpenStep"/>
    public long? OpenStep => _spikes.OpenStep;

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
        _ripple.Observe(seen);
        if (_ripple.Period is { } period)
        {
            (_lastRipple, _period) = (seen.Step, period);
        }

        foreach (var happened in _spikes.Observe(seen))
        {
            Diverged |= happened is DivergenceEvent;
            events.Add(happened is SpikeEvent spike ? Explained(spike, seen.LearningRate) : happened);
        }

        events.AddRange(analysis?.Forecast(seen, _spikes.OpenStep) ?? []);
        (_lastStep, _lastRate) = (seen.Step, seen.LearningRate);
        return events;
    }

    /// <summary>The events of the end of the run: the spike that is still open, and the forecasts that have not come true.</summary>
    public IReadOnlyList<MonitorEvent> Finish()
    {
        var spike = _spikes.Finish();
        return [.. spike is null ? [] : (MonitorEvent[])[Explained(spike, _lastRate)], .. analysis?.Finish(_lastStep) ?? []];
    }

    private SpikeEvent Explained(SpikeEvent spike, double? learningRate)
    {
        if (examiner is not null)
        {
            return spike with { Meaning = spike.Batch is { } evidence ? BatchSpikeMeaning.Of(spike, evidence) : "it was not examined" };
        }

        spike = analysis?.Explain(spike) ?? spike;
        spike = spike.Kind == SpikeKind.Rise && _lastRipple >= spike.OnsetStep
            ? spike with { Mechanism = Mechanism.MomentumRipple, Period = _period }
            : spike;
        return spike with { Meaning = _meaning.Of(spike, learningRate) };
    }
}
