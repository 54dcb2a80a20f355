using LossSpikes.Lab.Data;
using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// A network with one hidden tanh layer that learns a Chebyshev polynomial on 20 points by gradient descent in float64: 301
/// parameters, one clean spike (Cohen 2021, section 2; experiments/custom-loop.cs is the same network with T₃).
/// </summary>
internal sealed class ChebyshevNetwork : IDisposable
{
    /// <summary>η, at which the sharpness crosses 2/η after some hundred steps when the degree is 3.</summary>
    public const double LearningRate = 0.085;

    private readonly nn.Module<Tensor, Tensor> _module;
    private readonly DataSet _data;
    private readonly Tensor _start;

    public ChebyshevNetwork(int degree = 3)
    {
        using var scope = NewDisposeScope();
        manual_seed(0);
        _data = new ChebyshevSettings { Degree = degree, Points = 20 }.Load();
        _data.Inputs.DetachFromDisposeScope();
        _data.Targets.DetachFromDisposeScope();
        _module = nn.Sequential(nn.Linear(1, 100, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(100, 1, dtype: ScalarType.Float64));
        Objective = new FullBatch(_module, _data.Inputs, _data.Targets, new SquaredError()).Objective();
        _start = Objective.GetParameters().DetachFromDisposeScope();
    }

    /// <summary>The loss; it stands where <see cref="Walk"/> left it.</summary>
    public IObjective Objective { get; }

    /// <summary>Trains from the start to the iterate after a number of steps.</summary>
    /// <returns>The loss at every iterate on the way, that one included.</returns>
    public double[] Walk(int steps)
    {
        Objective.SetParameters(_start);
        // The trainer leaves the objective at the iterate after its last step. The curvature is measured at step 0 only.
        var before = steps == 0
            ? []
            : ShortTraining.Run(Objective, new GradientDescentSettings { LearningRate = LearningRate }, steps - 1, new MonitorOptions { Every = int.MaxValue });
        using var derivatives = Objective.Evaluate(curvature: false);
        return [.. before.Select(m => m.Loss), derivatives.Loss];
    }

    public void Dispose()
    {
        Objective.Dispose();
        _module.Dispose();
        _data.Dispose();
        _start.Dispose();
    }
}
