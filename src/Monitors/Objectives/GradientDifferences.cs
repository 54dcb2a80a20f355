using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Objectives;

/// <summary>
/// Hessian–vector products as central differences of gradients, where libtorch has no second derivative: with
/// D(h) = (g(θ + hv) − g(θ − hv))/2h, the product is (4D(h) − D(2h))/3, whose error is O(h⁴) and rounding (Richardson 1911). Cost of a product:
/// four gradients, and two more for the first, from which the error is estimated.
/// </summary>
internal sealed class GradientDifferences : IDisposable
{
    private readonly AutogradObjective _objective;
    private readonly Tensor _point;
    private readonly double _step;
    private double? _relativeError;

    /// <summary>Differences around the present point.</summary>
    public GradientDifferences(AutogradObjective objective)
    {
        (_objective, _point) = (objective, objective.GetParameters().DetachFromDisposeScope());
        _step = Math.Cbrt(FloatingPoint.Epsilon(objective.DataType)) * Math.Max(1, FlatVector.Norm(_point));
    }

    /// <summary>The estimated error of a product with a unit vector, as a norm; 0 before the first.</summary>
    public double Error { get; private set; }

    /// <summary>H·v for every row of <paramref name="vectors"/>, shape [m, d]. The parameters are moved and put back, bit by bit.</summary>
    public Tensor Hvp(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        try
        {
            return stack([.. Enumerable.Range(0, (int)vectors.shape[0]).Select(row => Hvp(vectors[row], row))]).MoveToOuterDisposeScope();
        }
        finally
        {
            _objective.SetParameters(_point);
        }
    }

    public void Dispose() => _point.Dispose();

    private Tensor Hvp(Tensor vector, long row)
    {
        var length = FlatVector.Norm(vector);
        if (length == 0)
        {
            return zeros_like(vector);
        }

        var unit = vector / Scalar(length);
        var (near, far) = (Difference(unit, _step), Difference(unit, 2 * _step));
        var product = Extrapolate(near, far);
        if (_relativeError is null)
        {
            var coarser = Extrapolate(far, Difference(unit, 4 * _step));
            _relativeError = FlatVector.Norm(product) is > 0 and var size ? FlatVector.Norm(product - coarser) / 15 / size : 0;
        }

        Error = Math.Max(Error, _relativeError.Value * FlatVector.Norm(product));
        return product * Scalar(length);

        static Tensor Extrapolate(Tensor near, Tensor far) => (near * Scalar(4) - far) / Scalar(3);
    }

    private Tensor Difference(Tensor unit, double h)
    {
        using var scope = NewDisposeScope();
        return ((Gradient(unit, h) - Gradient(unit, -h)) / Scalar(2 * h)).MoveToOuterDisposeScope();
    }

    private Tensor Gradient(Tensor unit, double h)
    {
        _objective.SetParameters(_point.Plus(Scalar(h) * unit));
        using var derivatives = _objective.Evaluate(curvature: false);
        return derivatives.Gradient.clone();
    }
}
