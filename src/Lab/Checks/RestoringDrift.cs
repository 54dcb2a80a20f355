using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// Where gradient descent has got to after two steps across the valley of an oscillation. Along u they cancel; orthogonal to u the
/// expansion says θ_{t+2} − θ_t = −η(2g + x²∇S), g, ∇S and u taken in the middle and x² the mean square of the displacements
/// from there along u: descent of the loss, and descent of the sharpness (Damian, Nichani and Lee 2022, arXiv 2209.15594, section 4).
/// </summary>
/// <param name="Length">The part that is not descent of the loss, along −∇S, in units of ηx²|∇S|: 1 is expected.</param>
/// <param name="Angle">Its angle to −∇S in degrees, in the space orthogonal to u; 0 or 180 where that is a line.</param>
internal sealed record RestoringDrift(double Length, double Angle)
{
    /// <summary>Measures; the objective then stands in the middle. Cost: d HVPs, d³ operations and about six gradients.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="first">θ_t, shape [d].</param>
    /// <param name="second">θ_{t+1}.</param>
    /// <param name="third">θ_{t+2}.</param>
    public static RestoringDrift Measure(IObjective objective, double learningRate, Tensor first, Tensor second, Tensor third)
    {
        using var scope = NewDisposeScope();
        var middle = first.Plus(Scalar(2) * second).Plus(third) / Scalar(4);
        objective.SetParameters(middle);
        using var derivatives = objective.Evaluate(curvature: true);
        using var top = DenseEigen.Largest(new HessianOperator(derivatives), 1);
        var u = top.Vectors[0];
        Tensor Orthogonal(Tensor vector) => vector - u * vector.dot(u);
        double Square(Tensor point) => (point - middle).dot(u).Squared().item<double>();

        var measured = Orthogonal(third - first).Plus(Scalar(2 * learningRate) * Orthogonal(derivatives.Gradient));
        var predicted = Orthogonal(derivatives.SharpnessGradient(u)) * Scalar(-learningRate * (Square(first) + Square(second)) / 2);
        var along = measured.dot(predicted).item<double>();
        var (length, expected) = (measured.norm().item<double>(), predicted.norm().item<double>());
        return new RestoringDrift(along / (expected * expected), double.RadiansToDegrees(Math.Acos(Math.Clamp(along / (length * expected), -1, 1))));
    }
}
