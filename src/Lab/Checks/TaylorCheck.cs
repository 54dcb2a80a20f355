using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static System.FormattableString;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// The expansion on which self-stabilization rests, g(a + σu) = g + σSu + (σ²/2)∇S + O(σ³), before, at and after a spike, on the power
/// law and on a network; and that −∇S is where the steps go that end a spike.
/// </summary>
internal sealed class TaylorCheck : ITheoryCheck
{
    private const int NetworkSteps = 1600;
    private const double OrderTolerance = 0.05, AngleTolerance = 10, SlopeTolerance = 1e-5;
    private const double DriftTolerance = 0.1, DriftAngleTolerance = 3;

    private static readonly int[] LearningRates = [60, 70, 80, 90];
    private static readonly double[] Decades = [.. Enumerable.Range(0, 21).Select(i => Math.Pow(10, -4 + 0.2 * i))];

    public string Name => "taylor";

    public string Description =>
        "the gradient along the sharpest direction: the residual after the linear and the restoring term falls as σ³, and −∇S points where a spike ends";

    public IReadOnlyList<CheckRow> Run() => [.. LearningRates.SelectMany(PowerLaw), .. Network()];

    private static IEnumerable<CheckRow> PowerLaw(int learningRate)
    {
        using var scope = NewDisposeScope();
        using var formula = HamletSweep.Formula();
        var walk = BatchedDescent.Walk(formula, Objectives.PowerLaw.ArticleStart, [learningRate], HamletSweep.Steps)[0];
        var spike = ToyRun.Of(walk, TrajectoryCurvature.Along(formula, walk)).Spikes.First(s => s.Rise > 1.5);
        using var objective = new ToyObjective(formula, walk.Parameters.Select(p => p[0]).ToArray());
        Tensor At(long step) => tensor(walk.Parameters.Select(p => p[step]).ToArray());

        foreach (var (when, step) in ((string, long)[])[("before", spike.OnsetStep), ("at", spike.PeakStep), ("after", spike.EndStep)])
        {
            objective.SetParameters(At(step));
            foreach (var row in Expansion(objective, $"power law η = {learningRate}, {when} the spike (step {step})", scale: 1e-2))
            {
                yield return row;
            }
        }

        // One step is mostly oscillation; over the two around an iterate it cancels, and the drift is left.
        objective.SetParameters(At(spike.PeakStep - 1));
        using var top = Top(objective);
        var angle = TaylorExpansion.AngleToDescent(objective, top.Vectors[0], At(spike.PeakStep) - At(spike.PeakStep - 2));
        yield return new CheckRow(
            $"power law η = {learningRate}: angle in degrees between −∇S and the two steps that end at the peak", angle, 0, AngleTolerance);
        var drift = RestoringDrift.Measure(objective, learningRate, At(spike.PeakStep - 2), At(spike.PeakStep - 1), At(spike.PeakStep));
        yield return new CheckRow(
            $"power law η = {learningRate}: their component orthogonal to u, less the descent of the loss, over ηx²|∇S|", drift.Length, 1, DriftTolerance);
    }

    private static List<CheckRow> Network()
    {
        using var scope = NewDisposeScope();
        using var network = new ChebyshevNetwork();
        var losses = network.Walk(NetworkSteps);
        var settled = NetworkSteps / 4;
        var peak = settled + Array.IndexOf(losses[settled..], losses[settled..].Max());
        var rows = new List<CheckRow>();
        foreach (var (when, step) in ((string, int)[])[("before", peak - 100), ("at", peak), ("after", peak + 50)])
        {
            network.Walk(step);
            rows.AddRange(Expansion(network.Objective, $"network, {when} the spike (step {step})", scale: 1));
        }

        var steps = new[] { peak - 2, peak - 1, peak }.Select(PointAt).ToArray();
        var drift = RestoringDrift.Measure(network.Objective, ChebyshevNetwork.LearningRate, steps[0], steps[1], steps[2]);
        rows.Add(new CheckRow(
            "network: component of the two steps that end at the peak orthogonal to u, less the descent of the loss, over ηx²|∇S|",
            drift.Length,
            1,
            DriftTolerance));
        rows.Add(new CheckRow("network: angle in degrees between −∇S and that, in the 300 dimensions orthogonal to u", drift.Angle, 0, DriftAngleTolerance));
        return rows;

        Tensor PointAt(int step)
        {
            network.Walk(step);
            return network.Objective.GetParameters();
        }
    }

    /// <summary>The order of the remainder, the restoring term's share, and ∇S against central differences of λ₁, at one point.</summary>
    private static IEnumerable<CheckRow> Expansion(IObjective objective, string where, double scale)
    {
        using var top = Top(objective);
        var report = TaylorExpansion.Measure(objective, top.Vectors[0], top.Values[0], [.. Decades.Select(d => d * scale)]);
        yield return new CheckRow($"{where}: order of the remainder in σ", report.Order, 3, OrderTolerance);
        var largest = report.Points.Where(p => p.Counted).MaxBy(p => p.Sigma);
        if (largest is not null)
        {
            // The remainder relative to the restoring term is of the order of σ, so it bounds how far the expansion carries.
            yield return new CheckRow(
                Invariant($"{where}: remainder over the restoring term at σ = {largest.Sigma:G3} (the term is {largest.RestoringShare:P1} of the gradient)"),
                largest.Residual / largest.Restoring,
                0,
                0.1);
        }

        yield return new CheckRow($"{where}: slope of λ₁ along ∇S, relative to |∇S|", Slope(objective, top) / report.SharpnessGradient, 1, SlopeTolerance);
    }

    /// <summary>How fast λ₁ itself changes along the direction of ∇S, by a central difference.</summary>
    private static double Slope(IObjective objective, Eigenpairs top)
    {
        using var scope = NewDisposeScope();
        var start = objective.GetParameters();
        using var derivatives = objective.Evaluate(curvature: true);
        var gradient = derivatives.SharpnessGradient(top.Vectors[0]);
        var length = gradient.norm().item<double>();
        var h = 1e-5 * Math.Min(1, top.Values[0] / length);
        double At(double distance)
        {
            objective.SetParameters(start.Plus(Scalar(distance) * gradient / Scalar(length)));
            using var displaced = Top(objective);
            return displaced.Values[0];
        }

        var slope = (At(h) - At(-h)) / (2 * h);
        objective.SetParameters(start);
        return slope;
    }

    private static Eigenpairs Top(IObjective objective)
    {
        using var derivatives = objective.Evaluate(curvature: true);
        return DenseEigen.Largest(new HessianOperator(derivatives), 1);
    }
}
