using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Replays;

/// <summary>
/// <c>remove-unstable-component</c>: the displacement that grows into the spike is taken away. Along a direction u of curvature S
/// the loss is at its lowest where θ − (u·g/S)·u is, and θ is moved there, for every tracked eigenvector whose eigenvalue is
/// above the threshold, or the first where none is. What the optimizer remembers of earlier gradients loses its component along
/// u too: it would push θ out again.
/// </summary>
internal sealed record UnstableComponentRemoval() : Change("remove-unstable-component", "removed")
{
    // Much finer than a run needs: what is left of the displacement is what the vectors are off by.
    private const double Tolerance = 1e-10;

    public override void Act(Experiment experiment, long step, IObjective objective, IOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        using var derivatives = objective.Evaluate(curvature: true);
        var point = objective.GetParameters();
        var edge = EdgeAt(experiment, step, optimizer, point, derivatives.Gradient);
        using var tracker = new EigenTracker(experiment.Monitor.Eigenvalues, experiment.Monitor.Guards, Tolerance);
        var pairs = tracker.Update(edge.Matrix(new HessianOperator(derivatives)), point);
        var force = derivatives.Gradient.add(point, alpha: Scalar(edge.WeightDecay));
        var memory = optimizer.State.Map(tensor => tensor.clone());
        foreach (var (i, u) in edge.Directions(pairs.Vectors).unbind(0).Index().Take(Math.Max(1, pairs.Values.Count(v => v > edge.Threshold.Value))))
        {
            // P·u and u·P·u; the curvature along u is the eigenvalue of P⁻¹(H + λI) times the latter.
            var weighted = edge.Preconditioner is null ? u : u * edge.Preconditioner;
            var weight = u.dot(weighted);
            point -= force.dot(u) / (Scalar(pairs.Values[i]) * weight) * u;
            memory.FirstMoment?.sub_(memory.FirstMoment.dot(u) / weight * weighted);
        }

        objective.SetParameters(point);
        optimizer.Restore(memory);
    }

    /// <summary>The edge of the update about to be made; another optimizer is asked, since asking advances its memory.</summary>
    private static StabilityEdge EdgeAt(Experiment experiment, long step, IOptimizer optimizer, Tensor point, Tensor gradient)
    {
        using var other = experiment.Optimizer.Create();
        other.Restore(optimizer.State);
        return other.Next(step, point, gradient).Edge;
    }
}
