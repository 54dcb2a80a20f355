using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Native;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Spikes;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>Runs one experiment from its description to its summary and figures.</summary>
internal static class ExperimentRunner
{
    /// <summary>Trains, writes the run folder, draws its figures and prints the summary.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="directory">The run folder, or null for a free one under <c>runs</c>.</param>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="json">Print the summary as JSON and nothing else.</param>
    /// <param name="cancellation">Ends the run early, with everything written.</param>
    /// <exception cref="InputException">Data or folder are not what they should be.</exception>
    /// <exception cref="NativeTorchException">libtorch or the device is not there.</exception>
    public static RunOutcome Run(Experiment experiment, string? directory, Terminal terminal, bool json, CancellationToken cancellation)
    {
        NativeTorch.EnsureLoaded();
        set_num_threads(1);
        manual_seed(experiment.Seed);
        using var objective = ObjectiveFactory.Create(experiment, Devices.Find(experiment.Device));
        var environment = EnvironmentReport.Of(experiment);
        using var writer = RunWriter.Create(directory, experiment, environment);
        var statistics = new RunStatistics(experiment.Name, experiment.Monitor.MinRise, experiment.Precision == Precision.Float64);
        IRunView view = terminal.Interactive && !json
            ? new LiveView(terminal.DiagnosticsConsole, experiment.Steps, environment.ThresholdFormula, statistics)
            : new PlainView(terminal.Diagnostics, experiment.Steps);

        using var optimizer = OptimizerFactory.Create(experiment.Optimizer);
        using var monitor = new SharpnessMonitor(objective, Options(experiment), writer, statistics, view);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, writer.Failed);
        var trainer = new Trainer(objective, optimizer, monitor, new StopRules(experiment.Steps, experiment.Stop));
        var outcome = view.During(() => trainer.Run(stop.Token));

        writer.ThrowIfFailed();
        var summary = statistics.Summarize(outcome);
        writer.Finish(summary);
        var figures = RunFigures.Draw(RunFolder.Open(writer.Directory), FigureFormat.Png);
        if (json)
        {
            terminal.Results.WriteLine(writer.Describe(summary));
        }
        else
        {
            SummaryTable.Print(terminal.ResultsConsole, summary, environment.ThresholdFormula, writer.Directory, figures);
        }

        return outcome;
    }

    private static MonitorOptions Options(Experiment experiment) => new()
    {
        Every = experiment.Monitor.Every,
        Eigenvalues = experiment.Monitor.Eigenvalues,
        Guards = experiment.Monitor.Guards,
        Tolerance = experiment.Monitor.Tolerance,
        AuditEvery = experiment.Monitor.AuditEvery,
        Seed = experiment.Seed,
        Spikes = new SpikeRules
        {
            MinRise = experiment.Monitor.MinRise,
            MaxOpen = experiment.Monitor.MaxOpen,
            DivergenceFactor = experiment.Monitor.DivergenceFactor,
        },
    };
}
