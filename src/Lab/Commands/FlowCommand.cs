using System.CommandLine;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Training;
using LossSpikes.Lab.Views;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab flow RUN|FILE</c>.</summary>
internal static class FlowCommand
{
    public static Command Create(Terminal terminal)
    {
        var source = new Argument<string>("RUN|FILE") { Description = "A run folder, or an experiment file." };
        var from = new Option<int?>("--from")
        {
            Description = "The step at which the flow leaves the run; up to it the run is repeated, a gradient a step. Default: 0.",
            HelpName = "STEP",
        };
        var steps = new Option<int?>("--steps") { Description = "The last step. Default: that of the run or file.", HelpName = "N" };
        var kind = new Option<FlowKind?>("--kind")
        {
            Description = "central: the averaged path, of gd and rmsprop. gradient: gradient flow, of gd. Default: central.",
            HelpName = "central|gradient",
        };
        var modes = new Option<int?>("--modes") { Description = "The largest number of eigenvalues at the edge, 1 to 8. Default: 8.", HelpName = "K" };
        var set = new Option<string[]>("--set")
        {
            Description = "Replace a value of the experiment: --set monitor.eigenvalues=4",
            HelpName = "key.path=value",
            DefaultValueFactory = _ => [],
        };
        var folder = new Option<string?>("--out")
        {
            Description = "The run folder, which must not exist. Default: runs/NAME-KIND-flow, with -2, -3, … where that is taken.",
            HelpName = "DIR",
        };
        var json = new Option<bool>("--json") { Description = "Print summary.json and the folder's path on standard output, and nothing else." };
        var command = new Command("flow", """
            The averaged path: where gradient descent goes on the mean through all its spikes, and the mean loss on the way.

            Below the edge of stability it is gradient flow. At the edge a penalty on the sharpness holds every eigenvalue at 2/η (the
            central flow of Cohen et al. 2024, arXiv 2410.24206). The optimizer makes its steps next to it, so that the prediction is
            scored: its error against the loss smoothed over several cycles, or why there is none.

            Example: the mean loss through the spikes, and the path that an infinitely small learning rate would take
              lab run experiments/random-points.yaml --out runs/descent
              lab flow runs/descent --out runs/central
              lab flow runs/descent --kind gradient --out runs/gradient
              lab compare runs/descent runs/central

            The folder is that of a run with the loss and eigenvalues along the flow, and as further columns of metrics.csv
            predicted_loss (L + tr X/η), flow_trace (tr X), flow_modes, run_loss, flow_distance (to the run at the same step) and
            complementarity_1…4, the residual of the complementarity problem at each substep. In an experiment file the same is
            flow: { kind: central, from: 0 }, so that a member of a sweep can be a flow: lab sweep FILE --over flow.kind=central,gradient

            Cost of a step: with k eigenvalues at the edge 4 gradients, 4·(k+1) to 12·k HVPs and 2·k·(k+1) third derivatives.
            """)
        { source, from, steps, kind, modes, set, folder, json };
        command.SetAction((parsed, cancellation) =>
        {
            var (experiment, repeated) = Load(parsed.GetValue(source)!, parsed.GetValue(set)!);
            var flow = experiment.Flow ?? new FlowSettings();
            flow = flow with
            {
                Kind = parsed.GetValue(kind) ?? flow.Kind,
                From = Within("--from", parsed.GetValue(from) ?? flow.From, 0, experiment.Steps),
                Modes = Within("--modes", parsed.GetValue(modes) ?? flow.Modes, 1, 8),
            };
            var word = flow.Kind.ToString().ToLowerInvariant();
            var end = $"-{word}-flow";
            experiment = experiment with
            {
                Name = experiment.Name.EndsWith(end, StringComparison.Ordinal)
                    ? experiment.Name
                    : experiment.Name[..Math.Min(experiment.Name.Length, 80)] + end,
                Flow = flow,
                Steps = Within("--steps", parsed.GetValue(steps) ?? experiment.Steps, 1, Limits.MaxSteps),
                Monitor = experiment.Monitor with { Explain = false, Flow = null, Every = new StepInterval(1) },
            };
            return Task.FromResult(ExitCode.Of(ExperimentRunner.Run(
                experiment, parsed.GetValue(folder), terminal, parsed.GetValue(json), cancellation, repeated: repeated)));
        });
        return command;
    }

    /// <summary>The experiment; and where it is that of a run whose steps it repeats, their record.</summary>
    private static (Experiment Experiment, RepeatedRun? Repeated) Load(string path, IReadOnlyList<string> overrides)
    {
        if (!Directory.Exists(path))
        {
            return (ExperimentFile.Load(path, overrides), null);
        }

        var config = Path.Combine(path, RecordedRun.ConfigFile);
        if (!File.Exists(config))
        {
            throw new InputException($"{path} is no run folder: there is no config.yaml in it");
        }

        var experiment = ExperimentFile.Load(config, overrides);
        return (experiment, Steps(experiment) == Steps(ExperimentFile.Load(config, [])) ? new RepeatedRun(RecordedRun.Open(path), nextToFlow: true) : null);
    }

    /// <summary>What decides about the steps of the optimizer, as text.</summary>
    private static string Steps(Experiment experiment)
    {
        using var text = new StringWriter();
        ExperimentFile.Write(
            experiment with { Name = "steps", Flow = null, Steps = 1, Stop = new(), Monitor = new(), Checkpoint = new() },
            text);
        return text.ToString();
    }

    private static int Within(string option, int value, int least, int most) => value >= least && value <= most ? value
        : throw new InputException($"{option} is {value}; it must be from {least} to {most}");
}
