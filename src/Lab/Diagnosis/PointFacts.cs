using System.Text.Json.Serialization;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>What was measured at one moment of the training.</summary>
internal sealed record PointFacts
{
    private const double Tolerance = 1e-4;

    /// <summary>t.</summary>
    public required long Step { get; init; }

    /// <summary>The loss, on all examples or on those of the probe.</summary>
    public required double Loss { get; init; }

    /// <summary>|g|.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>η.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The matrix whose largest eigenvalue counts for the optimizer.</summary>
    public required string Matrix { get; init; }

    /// <summary>Its largest eigenvalues.</summary>
    public required IReadOnlyList<double> Eigenvalues { get; init; }

    /// <summary>Those of H itself, where that is another matrix.</summary>
    public IReadOnlyList<double>? HessianEigenvalues { get; init; }

    /// <summary>Whether all of them met the tolerance.</summary>
    public required bool Converged { get; init; }

    /// <summary>How the threshold follows from the settings.</summary>
    public required string Formula { get; init; }

    /// <summary>T, of an update that is not clipped.</summary>
    public required double Threshold { get; init; }

    /// <summary>S/T.</summary>
    public required double Ratio { get; init; }

    /// <summary>The largest learning rate at which the update is stable here: see <see cref="LargestRate"/>.</summary>
    public required double LargestStableLearningRate { get; init; }

    /// <summary>κ of the update about to be made; null where it does not descend.</summary>
    public double? UpdateCurvature { get; init; }

    /// <summary>|d|, the length of that update.</summary>
    public required double UpdateNorm { get; init; }

    /// <summary>One entry for each parameter of the network.</summary>
    public required IReadOnlyList<ParameterFacts> Parameters { get; init; }

    /// <summary>Whether S is above T.</summary>
    [JsonIgnore]
    public bool IsUnstable => Ratio > 1;

    /// <summary>Measures at a moment. Cost: two searches for eigenvalues from scratch at most, 30–100 HVPs each.</summary>
    /// <param name="case">The training; its objective is left at the moment.</param>
    /// <param name="moment">The moment.</param>
    /// <param name="learningRate">η there; null for that of the training.</param>
    public static PointFacts Measure(TrainingCase @case, Snapshot moment, double? learningRate = null)
    {
        using var scope = NewDisposeScope();
        @case.GoTo(moment);
        var settings = learningRate is { } rate
            ? @case.Experiment.Optimizer with { LearningRate = rate, Schedule = new ConstantSchedule() }
            : @case.Experiment.Optimizer;
        using var batches = @case.CreateBatches();
        using var derivatives = (batches?.Measured ?? @case.Objective).Evaluate(curvature: true);
        var update = Update(settings with { Clip = null }, @case, moment, derivatives);
        var direction = update.Point - moment.Point;
        var monitor = @case.Experiment.Monitor;
        var hessian = new HessianOperator(derivatives);
        var pairs = Largest(update.Edge.Matrix(hessian));
        var u = update.Edge.Directions(pairs.Vectors)[0];
        var values = ByParameter(@case.Objective.Parts, u.Squared());
        var steps = ByParameter(@case.Objective.Parts, direction.Squared());
        var weights = ByParameter(@case.Objective.Parts, moment.Point.Squared());
        var stale = update.Edge.Preconditioner is { } p ? ByParameter(@case.Objective.Parts, (derivatives.Gradient / p).Squared()) : null;
        var products = derivatives.Hvp(direction.unsqueeze(0))[0];
        var descent = -Number(derivatives.Gradient.dot(direction));
        return new PointFacts
        {
            Step = moment.Step,
            Loss = derivatives.Loss,
            GradientNorm = Number(derivatives.Gradient.norm()),
            LearningRate = update.LearningRate,
            Matrix = settings.Matrix,
            Eigenvalues = [.. pairs.Values.Take(monitor.Eigenvalues)],
            HessianEigenvalues = settings.Matrix == "H" ? null : [.. Largest(hessian).Values.Take(monitor.Eigenvalues)],
            Converged = pairs.Converged.Take(monitor.Eigenvalues).All(c => c),
            Formula = update.Edge.Threshold.Formula,
            Threshold = update.Edge.Threshold.Value,
            Ratio = pairs.Values[0] / update.Edge.Threshold.Value,
            LargestStableLearningRate = LargestRate.Of(settings, update.LearningRate, pairs.Values[0]),
            UpdateCurvature = descent > 0 ? Number(direction.dot(products)) / descent : null,
            UpdateNorm = Number(direction.norm()),
            Parameters =
            [
                .. @case.Objective.Parts.Select((part, i) => new ParameterFacts(
                    part.Name, part.Numbers, values[i], weights[i] > 0 ? Math.Sqrt(steps[i] / weights[i]) : null,
                    stale is null ? null : Math.Sqrt(stale[i] / part.Numbers))),
            ],
        };

        Eigenpairs Largest(ILinearOperator matrix)
        {
            using var tracker = new EigenTracker(monitor.Eigenvalues, monitor.Guards, Tolerance);
            return tracker.Update(matrix, moment.Point);
        }
    }

    private static Update Update(OptimizerSettings settings, TrainingCase @case, Snapshot moment, IDerivatives derivatives)
    {
        using var optimizer = settings.Create(@case.Objective);
        optimizer.Restore(moment.Optimizer);
        return optimizer.Next(moment.Step, moment.Point, derivatives.Gradient);
    }

    private static double[] ByParameter(IReadOnlyList<ParameterPart> parts, Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var (at, sums) = (0L, new List<double>());
        foreach (var part in parts)
        {
            sums.Add(Number(numbers.narrow(0, at, part.Numbers).to(ScalarType.Float64).sum()));
            at += part.Numbers;
        }

        return [.. sums];
    }

    private static double Number(Tensor value) => value.to(ScalarType.Float64).item<double>();
}

/// <summary>What was measured of one parameter of the network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Numbers">How many numbers it holds.</param>
/// <param name="Share">Its part of the unit eigenvector, Σu_i².</param>
/// <param name="UpdateRatio">The length of its update over that of the parameter; null where it is zero.</param>
/// <param name="Staleness">The root mean square of g/√v̂; null without a second moment.</param>
internal sealed record ParameterFacts(string Name, long Numbers, double Share, double? UpdateRatio, double? Staleness);
