using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Batches;

/// <summary>Counts the evaluations of the loss alone.</summary>
internal sealed class Counted(IObjective objective) : IObjective
{
    public int Evaluations { get; private set; }

    public long Dimension => objective.Dimension;

    public ScalarType DataType => objective.DataType;

    public Device Device => objective.Device;

    public Tensor GetParameters() => objective.GetParameters();

    public void SetParameters(Tensor point) => objective.SetParameters(point);

    public IDerivatives Evaluate(bool curvature) => objective.Evaluate(curvature);

    public double EvaluateLoss()
    {
        Evaluations++;
        return objective.EvaluateLoss();
    }

    public void Dispose()
    {
    }
}
