using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// A network with one hidden tanh layer that learns the Chebyshev polynomial T₃ on 20 points by gradient descent in float64: 301
/// parameters, one clean spike (Cohen 2021, section 2; experiments/custom-loop.cs is the same network).
/// </summary>
internal sealed class ChebyshevNetwork : IDisposable
{
    /// <summary>η, at which the sharpness crosses 2/η after some hundred steps.</summary>
    public const double LearningRate = 0.085;

    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly Tensor _inputs, _targets;
    private readonly Tensor _start;

    public ChebyshevNetwork(int seed = 0)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var x = linspace(-1, 1, 20, ScalarType.Float64).unsqueeze(1);
        _inputs = x.DetachFromDisposeScope();
        _targets = (4 * x.pow(3) - 3 * x).DetachFromDisposeScope();
        _module = nn.Sequential(nn.Linear(1, 100, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(100, 1, dtype: ScalarType.Float64));
        Objective = new FullBatch(_module, _inputs, _targets, new SquaredError()).Objective();
        _start = Objective.Point().DetachFromDisposeScope();
    }

    /// <summary>The loss; it stands where <see cref="Walk"/> left it.</summary>
    public IObjective Objective { get; }

    /// <summary>Goes to the iterate after a number of steps from the start.</summary>
    /// <returns>The loss at every iterate on the way, that one included.</returns>
    public double[] Walk(int steps)
    {
        Objective.MoveTo(_start);
        return [.. Enumerable.Range(0, steps + 1).Select(t => Step(update: t < steps))];
    }

    public void Dispose()
    {
        Objective.Dispose();
        _module.Dispose();
        _inputs.Dispose();
        _targets.Dispose();
        _start.Dispose();
    }

    private double Step(bool update)
    {
        using var scope = NewDisposeScope();
        using var expansion = Objective.Expand(curvature: false);
        if (update)
        {
            Objective.MoveTo(Objective.Point() - LearningRate * expansion.Gradient);
        }

        return expansion.Loss;
    }
}
