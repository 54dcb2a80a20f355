using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Flows;

/// <summary>
/// Gradient flow dθ/dt = −g(θ) by the classical Runge–Kutta method: what gradient descent would do with an infinitely small
/// learning rate, and what it follows until the sharpness reaches its threshold (Cohen 2021, arXiv 2103.00065, fig. 5).
/// </summary>
/// <param name="objective">It is moved along the flow.</param>
/// <param name="learningRate">η, the time of one step.</param>
public sealed class GradientFlow(IObjective objective, double learningRate) : IFlow
{
    // The method is stable up to h·S = 2.785; at 1/2 its error per unit of time is far below that of anything it is compared with.
    private const double LargestStepTimesSharpness = 0.5;

    private readonly EigenTracker _tracker = new(1);
    private double _loss;
    private int _products;

    /// <summary>The sharpness where the flow stood when <see cref="Advance(double)"/> was last called.</summary>
    public double Sharpness { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => _tracker.State;

    /// <inheritdoc/>
    public FlowStep Advance()
    {
        Advance(learningRate);
        return new FlowStep { Loss = _loss, PredictedLoss = _loss, HessianProducts = _products };
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _tracker.Restore(state);

    /// <summary>Follows the flow for a time, in steps bounded by the sharpness at its start. Cost: 4 gradients a step and about 5 HVPs.</summary>
    public void Advance(double time)
    {
        using var scope = NewDisposeScope();
        using (var derivatives = objective.Evaluate(curvature: true))
        {
            var pairs = _tracker.Update(new HessianOperator(derivatives), objective.GetParameters());
            (Sharpness, _loss, _products) = (pairs.Values[0], derivatives.Loss, pairs.MatVecs);
        }

        var steps = Math.Max(1, (int)Math.Ceiling(time * Math.Max(Sharpness, 0) / LargestStepTimesSharpness));
        for (var i = 0; i < steps; i++)
        {
            Step(time / steps);
        }
    }

    /// <summary>Releases the tracked vectors; the objective is the caller's.</summary>
    public void Dispose() => _tracker.Dispose();

    private void Step(double h)
    {
        using var scope = NewDisposeScope();
        var start = objective.GetParameters();
        var k1 = Velocity(start);
        var k2 = Velocity(start.Plus(Scalar(h / 2) * k1));
        var k3 = Velocity(start.Plus(Scalar(h / 2) * k2));
        var k4 = Velocity(start.Plus(Scalar(h) * k3));
        objective.SetParameters(start.Plus(Scalar(h / 6) * k1.Plus(Scalar(2) * k2).Plus(Scalar(2) * k3).Plus(k4)));
    }

    private Tensor Velocity(Tensor at)
    {
        objective.SetParameters(at);
        using var derivatives = objective.Evaluate(curvature: false);
        return -derivatives.Gradient.clone();
    }
}
