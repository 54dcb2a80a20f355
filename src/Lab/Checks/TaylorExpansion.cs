using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// Measures the expansion g(a + σu) = g + σSu + (σ²/2)∇S + O(σ³) along a unit eigenvector u of eigenvalue S, on which the
/// theory of self-stabilization rests (Damian, Nichani and Lee 2022, arXiv 2209.15594, section 4).
/// </summary>
internal static class TaylorExpansion
{
    // A residual this many times the estimate of rounding has two good digits.
    private const double AboveRounding = 100;

    // A remainder this small relative to the last term that was kept is dominated by the first term that was not.
    private const double RelativeToRestoring = 0.1;

    /// <summary>Measures at the objective's point, where it stands again afterwards. Cost: about eight gradients and one per σ.</summary>
    /// <param name="objective">The objective, at a.</param>
    /// <param name="direction">u, a unit eigenvector of the Hessian at a, shape [d].</param>
    /// <param name="sharpness">S, its eigenvalue.</param>
    /// <param name="sigmas">The displacements σ, positive; a few per decade over several decades.</param>
    /// <exception cref="Monitors.Autograd.DifferentiationException">libtorch cannot differentiate the objective three times.</exception>
    public static TaylorReport Measure(IObjective objective, Tensor direction, double sharpness, IReadOnlyList<double> sigmas)
    {
        using var scope = NewDisposeScope();
        var start = objective.GetParameters();
        using var derivatives = objective.Evaluate(curvature: true);
        var u = direction.to(ScalarType.Float64);
        var gradient = derivatives.Gradient.to(ScalarType.Float64);
        var sharpnessGradient = derivatives.SharpnessGradient(direction).to(ScalarType.Float64);
        var eigenResidual = Length(derivatives.Hvp(direction.unsqueeze(0))[0].to(ScalarType.Float64) - u * Scalar(sharpness));

        // Rounding the point a + σu moves it by ε|a|, and the gradient by S times that.
        var epsilon = objective.DataType == ScalarType.Float32 ? float.BitIncrement(1) - 1 : double.BitIncrement(1) - 1;
        var rounding = epsilon * (Length(gradient) + Math.Abs(sharpness) * Length(start.to(ScalarType.Float64)));
        try
        {
            var points = sigmas.Order().Select(Measured).ToArray();
            return new TaylorReport(points, Order(points), Length(sharpnessGradient), eigenResidual);
        }
        finally
        {
            objective.SetParameters(start);
        }

        TaylorPoint Measured(double sigma)
        {
            using var inner = NewDisposeScope();
            objective.SetParameters(start.Plus(direction * Scalar(sigma)));
            using var displaced = objective.Evaluate(curvature: false);
            var measured = displaced.Gradient.to(ScalarType.Float64);
            var linear = u * Scalar(sigma * sharpness);
            var restoring = sharpnessGradient * Scalar(sigma * sigma / 2);
            var residual = Length(measured - gradient - linear - restoring);
            var counted = residual > AboveRounding * (rounding + sigma * eigenResidual) && residual < RelativeToRestoring * Length(restoring);
            return new TaylorPoint(sigma, Length(measured), Length(linear), Length(restoring), residual, counted);
        }
    }

    /// <summary>The angle between −∇S at the objective's point, u held fixed, and <paramref name="step"/>, in degrees. Cost: about seven gradients.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="direction">u, shape [d].</param>
    /// <param name="step">
    /// A displacement, shape [d]. A single step at the edge is mostly oscillation along u; over two steps that cancels and the
    /// drift is left.
    /// </param>
    public static double AngleToDescent(IObjective objective, Tensor direction, Tensor step)
    {
        using var scope = NewDisposeScope();
        using var derivatives = objective.Evaluate(curvature: true);
        var descent = -derivatives.SharpnessGradient(direction).to(ScalarType.Float64);
        var along = step.to(ScalarType.Float64);
        return double.RadiansToDegrees(Math.Acos(Math.Clamp((descent * along).sum().item<double>() / (Length(descent) * Length(along)), -1, 1)));
    }

    private static double Length(Tensor vector) => vector.Squared().sum().sqrt().item<double>();

    private static double Order(TaylorPoint[] points)
    {
        var counted = points.Where(p => p.Counted).Select(p => (X: Math.Log(p.Sigma), Y: Math.Log(p.Residual))).ToArray();
        if (counted.Length < 3)
        {
            return double.NaN;
        }

        var (x, y) = (counted.Average(p => p.X), counted.Average(p => p.Y));
        return counted.Sum(p => (p.X - x) * (p.Y - y)) / counted.Sum(p => (p.X - x) * (p.X - x));
    }
}

/// <summary>How well g + σSu + (σ²/2)∇S gives the gradient around one point.</summary>
/// <param name="Points">The measurements, by growing σ.</param>
/// <param name="Order">The exponent p of residual ∝ σᵖ over the counted points, by least squares; 3 is expected, NaN says that fewer than three count.</param>
/// <param name="SharpnessGradient">|∇S|.</param>
/// <param name="EigenResidual">|Hu − Su|, the certificate of the eigenpair; σ times it enters the residual.</param>
internal sealed record TaylorReport(IReadOnlyList<TaylorPoint> Points, double Order, double SharpnessGradient, double EigenResidual);

/// <summary>The gradient measured at a + σu, and the lengths of the terms that are to make it up.</summary>
/// <param name="Sigma">σ.</param>
/// <param name="Gradient">|g(a + σu)|.</param>
/// <param name="Linear">|σSu|, the oscillating term.</param>
/// <param name="Restoring">|(σ²/2)∇S|, the term that drives the sharpness down.</param>
/// <param name="Residual">|g(a + σu) − (g + σSu + (σ²/2)∇S)|.</param>
/// <param name="Counted">Whether the residual is above rounding and small relative to the restoring term, so that the order is fitted to it.</param>
internal sealed record TaylorPoint(double Sigma, double Gradient, double Linear, double Restoring, double Residual, bool Counted)
{
    /// <summary>The restoring term as a share of the whole gradient at a + σu.</summary>
    public double RestoringShare => Restoring / Gradient;
}
