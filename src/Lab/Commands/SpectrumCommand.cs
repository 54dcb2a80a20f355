using System.CommandLine;
using LossSpikes.Lab.Diagnosis;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Spectra;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors.Autograd;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab spectrum RUN|FILE</c>.</summary>
internal static class SpectrumCommand
{
    private static readonly SpectrumSettings Defaults = new();

    public static Command Create(Terminal terminal)
    {
        var source = new Argument<string>("RUN|FILE") { Description = "A run folder, or an experiment file (YAML)." };
        var step = new Option<long[]>("--step")
        {
            Description = "The steps: --step 0 500 1000. From the checkpoint or the start before each, the training is repeated, a gradient a step. "
                + "Default: the start and, of a run, all its checkpoints.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var matrix = new Option<SpectrumMatrix>("--matrix")
        {
            Description = "hessian, or edge: the matrix whose largest eigenvalue decides about stability, such as P⁻¹H under Adam.",
            HelpName = "hessian|edge",
        };
        matrix.AcceptOnlyFromAmong("hessian", "edge");
        var eigenvalues = Count("--eigenvalues", "How many of the largest eigenvalues are given one by one.", Defaults.Eigenvalues, 1, 20);
        var vectors = Count("--vectors", "Random vectors of the density: more narrow its noise.", Defaults.Vectors, 1, 1000);
        var lanczos = Count("--lanczos-steps", "Lanczos steps from each vector: more resolve finer structure.", Defaults.LanczosSteps, 2, 1000);
        var trace = Count("--trace-products", "Products of the trace: more narrow its interval.", Defaults.TraceProducts, 18, 30_000);
        var smoothing = BoundedOption.Of(
            "--smoothing",
            "The standard deviation of the Gaussian that smooths the density, as a share of the range from λ_min to λ₁.",
            Defaults.Smoothing,
            share => share is > 0 and <= 1,
            "above 0 and at most 1",
            "SHARE");
        var seed = BoundedOption.Of("--seed", "The seed of the random vectors.", Defaults.Seed, n => n >= 0, "at least 0");
        var set = new Option<string[]>("--set")
        {
            Description = "With a file: replace a value of it: --set optimizer.learning_rate=0.2",
            HelpName = "key.path=value",
            DefaultValueFactory = _ => [],
        };
        var output = new Option<string?>("--out")
        {
            Description = "The folder of the spectra, which must not exist. Default: runs/spectrum-NAME.",
            HelpName = "DIR",
        };
        var json = new Option<bool>("--json") { Description = "Print spectrum.json and the folder's path on standard output, and nothing else." };
        var command = new Command("spectrum", """
            Where the curvature sits: the density of all eigenvalues of the Hessian, its largest and smallest ones, its trace.

            Example: how the spectrum changes from the start of a run to its checkpoints
              lab run experiments/edge-of-stability.yaml --out runs/edge
              lab spectrum runs/edge
              lab spectrum runs/edge --step 0 50 100

            Up to --vectors × --lanczos-steps parameters (800, at most 5,000) every eigenvalue is computed, a product each: density,
            trace and number of negative eigenvalues are then exact to rounding. Above, the density is that of stochastic Lanczos
            quadrature, the trace that of Hutch++ with its 95 % interval, and the number of negative eigenvalues is not known; an
            estimate of their share below −σ is given, σ the width of the smoothing.

            Along the largest eigenvectors and the smallest, λ is split into the Gauss–Newton part, uᵀGu, and the rest, uᵀRu, which
            holds the second derivatives of the network. That needs a loss on the outputs of a network: toy objectives have no split.

            The folder: density.csv (step, lambda, density), quadrature.csv (step, vector, lambda, weight: what the density was made
            from), spectrum.csv (a row for each step), spectrum.json, figures/. Cost: 800 products for the density, 90 for the trace,
            30 to 600 for the eigenvalues one by one, and two for each split.
            """)
        { source, step, matrix, eigenvalues, vectors, lanczos, trace, smoothing, seed, set, output, json };
        command.SetAction((parsed, cancellation) =>
        {
            var opened = SpectrumSource.Open(parsed.GetValue(source)!, parsed.GetValue(set)!, parsed.GetValue(step)!);
            var folder = DiagnosisFolder.Require(parsed.GetValue(output) ?? RunWriter.FreeFolder($"spectrum-{opened.Experiment.Name}"));
            var settings = new SpectrumSettings
            {
                Matrix = parsed.GetValue(matrix),
                Eigenvalues = parsed.GetValue(eigenvalues),
                Vectors = parsed.GetValue(vectors),
                LanczosSteps = parsed.GetValue(lanczos),
                TraceProducts = parsed.GetValue(trace),
                Smoothing = parsed.GetValue(smoothing),
                Seed = parsed.GetValue(seed),
            };
            if (opened.Experiment.Flow is not null && settings.Matrix == SpectrumMatrix.Edge && opened.Experiment.Optimizer.Matrix != "H")
            {
                throw new InputException("--matrix edge goes with the steps of an optimizer: along a flow the preconditioner is the flow's own");
            }

            try
            {
                List<SpectrumReading> readings = [];
                opened.Visit(moment => readings.Add(Measured(moment, settings, terminal, cancellation)), cancellation);
                var name = settings.Matrix == SpectrumMatrix.Edge && opened.Experiment.Optimizer.Matrix is var of and not "H" ? of : "the Hessian";
                var report = new SpectrumReport(opened.Experiment.Name, name, settings, readings);
                var figure = report.Write(folder);
                terminal.Results.WriteLine(parsed.GetValue(json) ? report.Describe(("directory", folder)) : $"{report.Text()}\nfigure: {figure}");
                return Task.FromResult(ExitCode.Done);
            }
            catch (OperationCanceledException)
            {
                return Task.FromResult(ExitCode.Interrupted);
            }
        });
        return command;
    }

    private static SpectrumReading Measured(Moment moment, SpectrumSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            return SpectrumReading.At(moment, settings, terminal.Diagnostics.WriteLine, cancellation);
        }
        catch (Exception e) when (e is ArithmeticException or DifferentiationException)
        {
            throw new InputException($"step {moment.Step}: {e.Message}", e);
        }
    }

    private static Option<int> Count(string name, string description, int value, int least, int most) =>
        BoundedOption.Of(name, description, value, n => n >= least && n <= most, $"from {least} to {most}");
}
