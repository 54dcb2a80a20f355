using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Runs;

/// <summary>Adds up a run as it goes, in constant memory.</summary>
internal sealed class RunStatistics(string name, bool float64) : IMonitorSink
{
    private const int Tail = 500, MostSentences = 10;

    private readonly Queue<Measurement> _tail = new();
    private readonly Dictionary<string, int> _spikes = Enum.GetNames<SpikeOutcome>().ToDictionary(n => n.ToLowerInvariant(), _ => 0);
    private readonly Dictionary<string, int> _mechanisms = Enum.GetNames<Mechanism>().ToDictionary(JsonNamingPolicy.SnakeCaseLower.ConvertName, _ => 0);
    private readonly List<string> _sentences = [];
    private ForecastScores _forecasts = ForecastScores.None;
    private bool _explained;
    private Measurement? _first, _last, _lastLoss, _best;
    private double? _bestAccuracy, _lastSharpness, _highestSharpness, _highestRise;
    private long? _firstCrossing;
    private SpikeEvent? _lastSpike;
    private double? _period;
    private double _ratioSum;
    private long _ratios, _measured, _products;
    private int _up, _down, _audits, _adopted, _warnings, _rises, _unmeasured;

    /// <summary>Measured steps so far at which an eigenvalue did not meet the tolerance.</summary>
    public long UnconvergedSteps { get; private set; }

    /// <summary>The first spikes, one sentence each: no more than anyone reads at the end of a run.</summary>
    public IReadOnlyList<string> FirstSpikes => _sentences;

    /// <summary>Those of an experiment that is about to run.</summary>
    public static RunStatistics Of(Experiment experiment) => new(experiment.Name, experiment.Precision == Precision.Float64);

    /// <summary>Adds what a run did before it was interrupted.</summary>
    public void Resume(RecordedRun past, long unconvergedSteps)
    {
        foreach (var measurement in past.Measurements)
        {
            Record(measurement);
        }

        foreach (var happened in past.Events)
        {
            Record(happened);
        }

        UnconvergedSteps = unconvergedSteps;
    }

    /// <summary>Crossings and spikes so far, for the live view.</summary>
    public string Counts => $"spikes {_spikes.Values.Sum()}, crossings {_up + _down}";

    public void Record(Measurement measurement)
    {
        _first ??= measurement;
        _last = measurement;
        _lastLoss = measurement.HasLoss ? measurement : _lastLoss;
        _best = !(measurement.Loss >= _best?.Loss) && double.IsFinite(measurement.Loss) ? measurement : _best;
        _bestAccuracy = measurement.Accuracy is { } accuracy && !(accuracy <= _bestAccuracy) ? accuracy : _bestAccuracy;
        _products += measurement.HessianProducts;
        _explained |= measurement.Explanation is not null;
        if (measurement.Sharpness is { } sharpness)
        {
            _measured++;
            UnconvergedSteps += measurement.Converged ? 0 : 1;
            _lastSharpness = sharpness;
            _highestSharpness = !(sharpness <= _highestSharpness) ? sharpness : _highestSharpness;
            _firstCrossing ??= sharpness > measurement.Threshold ? measurement.Step : null;
            if (_firstCrossing is not null)
            {
                _ratioSum += sharpness / measurement.Threshold;
                _ratios++;
            }
        }

        _tail.Enqueue(measurement);
        if (_tail.Count > Tail)
        {
            _tail.Dequeue();
        }
    }

    public void Record(MonitorEvent happened)
    {
        switch (happened)
        {
            case CrossingEvent { Direction: CrossingDirection.Up }:
                _up++;
                break;
            case CrossingEvent:
                _down++;
                break;
            case SpikeEvent { IsInstability: false } other:
                _rises += other.Kind == SpikeKind.Rise ? 1 : 0;
                _period = other.Period ?? _period;
                _unmeasured += other.Kind == SpikeKind.Unmeasured ? 1 : 0;
                break;
            case SpikeEvent spike:
                _lastSpike = spike;
                _spikes[spike.Outcome.ToString().ToLowerInvariant()]++;
                _highestRise = !(spike.Rise <= _highestRise) ? spike.Rise : _highestRise;
                Explain(spike);
                break;
            case AuditEvent audit:
                _audits++;
                _adopted += audit.Adopted ? 1 : 0;
                break;
            case ForecastScoredEvent scored:
                _forecasts = _forecasts.With(scored);
                break;
            case WarningEvent:
                _warnings++;
                break;
        }
    }

    /// <summary>The whole run.</summary>
    public RunSummary Summarize(RunOutcome outcome)
    {
        var (first, last, best) = (_first!, _last!, _best ?? _first!);
        var summary = new RunSummary
        {
            Name = name,
            Outcome = outcome,
            Behaviour = Behaviour(outcome),
            Steps = last.Step,
            InitialLoss = first.Loss,
            FinalLoss = (_lastLoss ?? last).Loss,
            BestLoss = best.Loss,
            BestLossStep = best.Step,
            FinalAccuracy = (_lastLoss ?? last).Accuracy,
            BestAccuracy = _bestAccuracy,
            FinalSharpness = _lastSharpness,
            HighestSharpness = _highestSharpness,
            FinalThreshold = last.Threshold,
            FirstCrossing = _firstCrossing,
            MeanSharpnessOverThreshold = _ratios > 0 ? _ratioSum / _ratios : null,
            CrossingsUp = _up,
            CrossingsDown = _down,
            Spikes = _spikes,
            HighestRise = _highestRise,
            Rises = _rises,
            RipplePeriod = _period,
            UnmeasuredRises = _unmeasured,
            Mechanisms = _explained ? _mechanisms : null,
            Forecasts = _explained ? _forecasts : null,
            Audits = _audits,
            AuditsAdopted = _adopted,
            Warnings = _warnings,
            MeasuredSteps = _measured,
            UnconvergedSteps = UnconvergedSteps,
            Hvps = _products,
            HvpsPerMeasuredStep = _measured > 0 ? (double)_products / _measured : null,
            HvpsSaved = _measured > 0 ? (double)_products / _measured * (last.Step - first.Step + 1 - _measured) : null,
            Seconds = last.Seconds,
            StepsPerSecond = last.Seconds > 0 ? last.Step / last.Seconds : 0,
        };
        return summary with { Verdict = RunVerdict.Of(summary, _lastSpike) };
    }

    private void Explain(SpikeEvent spike)
    {
        if (_sentences.Count < MostSentences)
        {
            _sentences.Add(spike.Describe());
        }

        if (spike.Mechanism is { } mechanism)
        {
            _mechanisms[JsonNamingPolicy.SnakeCaseLower.ConvertName(mechanism.ToString())]++;
        }
    }

    private RunBehaviour Behaviour(RunOutcome outcome)
    {
        if (outcome == RunOutcome.Diverged)
        {
            return RunBehaviour.Diverged;
        }

        var tail = _tail.Skip(_last!.Step < 2 * Tail ? (int)Math.Max(0, _tail.Count - Math.Max(1, (_last.Step + 1) / 2)) : 0).ToList();
        var ratios = tail.Where(m => m.Sharpness is not null).Select(m => m.Sharpness!.Value / m.Threshold).ToList();
        double[] losses = [.. tail.Where(m => m.HasLoss).Select(m => m.Loss)];
        var (lowest, highest) = losses.Length > 0 ? (losses.Min(), losses.Max()) : (double.NaN, double.NaN);
        var floor = Math.Abs(_first!.Loss) * (float64 ? Math.Pow(2, -52) : Math.Pow(2, -23));
        return _lastSpike?.EndStep >= tail[0].Step ? RunBehaviour.Oscillating
            : Math.Abs(highest) <= floor || highest - lowest < 1e-3 * Math.Abs(highest) ? RunBehaviour.Converged
            : _firstCrossing is not null && ratios.Count > 0 && ratios.Average() is > 0.8 and < 1.2 ? RunBehaviour.Hovering
            : RunBehaviour.Descending;
    }
}
