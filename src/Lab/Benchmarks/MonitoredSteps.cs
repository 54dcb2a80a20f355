using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>A run in which every step is made twice from the same point, once plainly and once monitored, and sometimes judged by a reference.</summary>
internal sealed class MonitoredSteps : IMonitorSink
{
    private const double ReferenceTolerance = 1e-6;

    // A cold run that is asked for one pair alone may settle on the second, where its start has little of the first.
    private const int ReferencePairs = 3;

    private MonitoredSteps()
    {
    }

    /// <summary>Seconds of each plain step: gradient and update.</summary>
    public List<double> Plain { get; } = [];

    /// <summary>Seconds of each monitored step, audits included.</summary>
    public List<double> Monitored { get; } = [];

    /// <summary>Seconds of each monitored step outside gradient, products and update: those of tracker and detectors.</summary>
    public List<double> Own { get; } = [];

    /// <summary>Products at each step, audits included.</summary>
    public List<double> Products { get; } = [];

    /// <summary>|λ₁ − reference|/reference wherever there is one.</summary>
    public List<double> Errors { get; } = [];

    /// <summary>λ₁ at the last step.</summary>
    public double LastSharpness { get; private set; }

    /// <summary>Steps whose values were not marked as converged.</summary>
    public int Unconverged { get; private set; }

    /// <summary>Steps at which the curvature was measured.</summary>
    public int Measured { get; private set; }

    /// <summary>The steps at which the sharpness crossed the threshold, and those at which spikes opened.</summary>
    public List<(string Kind, long Step)> Events { get; } = [];

    /// <summary>Spikes that were seen.</summary>
    public int Spikes { get; private set; }

    /// <summary>Vectors of length d that are kept between the steps, at the end.</summary>
    public long KeptVectors { get; private set; }

    /// <summary>Audits that found the tracker wrong.</summary>
    public int Corrections { get; private set; }

    /// <summary>Trains from the start. Cost: two runs, and 20–40 products for every reference.</summary>
    /// <param name="training">The run.</param>
    /// <param name="options">How it is monitored.</param>
    /// <param name="share">Divides the objective among processes; null where this one has it all.</param>
    public static MonitoredSteps Run(TrainingCase training, MonitorOptions options, Func<NetworkObjective, IObjective>? share = null)
    {
        var run = new MonitoredSteps();
        using var objective = share?.Invoke(training.Start()) ?? training.Start();
        using var optimizer = new GradientDescent(new GradientDescentSettings { LearningRate = training.LearningRate });
        using var monitor = new CurvatureMonitor(objective, options, run);
        for (var step = 0; step < training.Steps && run.Spikes < training.Spikes; step++)
        {
            using var scope = NewDisposeScope();
            var here = objective.GetParameters();
            run.Plain.Add(Timing.Of(() => Step(step, monitor: null)));
            objective.SetParameters(here);
            var reference = step % training.ReferenceEvery == 0 ? Reference(objective) : (double?)null;
            Measurement? seen = null;
            run.Monitored.Add(Timing.Of(() => seen = Step(step, monitor)));
            if (reference is { } truth && seen!.Sharpness is { } sharpness)
            {
                run.Errors.Add(Math.Abs(sharpness - truth) / truth);
            }
        }

        run.KeptVectors = monitor.State.Values.Sum(kept => kept.numel() / objective.Dimension);
        return run;

        Measurement? Step(long step, CurvatureMonitor? monitor)
        {
            using var derivatives = new TimedDerivatives(objective.Evaluate(curvature: monitor?.Measures(step) is true));
            var update = optimizer.Next(step, objective.GetParameters(), derivatives.Gradient);
            Measurement? seen = null;
            if (monitor is not null)
            {
                var observed = Timing.Of(() => seen = monitor.Observe(step, derivatives, update.Edge));
                run.Own.Add(observed - derivatives.Seconds);
            }

            objective.SetParameters(update.Point);
            return seen;
        }
    }

    public void Record(Measurement measurement)
    {
        Products.Add(measurement.HessianProducts);
        LastSharpness = measurement.Sharpness ?? double.NaN;
        Measured += measurement.Sharpness is null ? 0 : 1;
        Unconverged += measurement.Converged ? 0 : 1;
    }

    public void Record(MonitorEvent happened)
    {
        Spikes += happened is SpikeEvent ? 1 : 0;
        if (happened is CrossingEvent or SpikeEvent)
        {
            Events.Add((happened.GetType().Name, happened is SpikeEvent spike ? spike.OpenStep : happened.Step));
        }

        Corrections += happened is AuditEvent { Adopted: true } ? 1 : 0;
    }

    private static double Reference(IObjective objective)
    {
        using var derivatives = objective.Evaluate(curvature: true);
        using var pairs = Lanczos.Largest(new HessianOperator(derivatives), ReferencePairs, ReferenceTolerance, seed: 1);
        return pairs.Values[0];
    }
}
