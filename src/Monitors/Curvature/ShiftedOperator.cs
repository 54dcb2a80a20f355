using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Curvature;

/// <summary>
/// A + D for a diagonal D. With D = λI it is the Hessian of f + ½λ|θ|², where A is that of f and λ is coupled weight decay. Cost of a
/// product: one of A.
/// </summary>
public sealed class ShiftedOperator : ILinearOperator
{
    private readonly ILinearOperator _matrix;
    private readonly Func<Tensor, Tensor, Tensor> _add;

    /// <summary>A + λI.</summary>
    /// <param name="matrix">A.</param>
    /// <param name="shift">λ.</param>
    public ShiftedOperator(ILinearOperator matrix, double shift) =>
        (_matrix, _add) = (matrix, (products, vectors) => products.add_(vectors, alpha: Scalar(shift)));

    /// <summary>A + D.</summary>
    /// <param name="matrix">A.</param>
    /// <param name="shifts">The diagonal of D, shape [d].</param>
    public ShiftedOperator(ILinearOperator matrix, Tensor shifts) =>
        (_matrix, _add) = (matrix, (products, vectors) => products.addcmul_(vectors, shifts, Scalar(1)));

    /// <inheritdoc/>
    public long Dimension => _matrix.Dimension;

    /// <inheritdoc/>
    public ScalarType DataType => _matrix.DataType;

    /// <inheritdoc/>
    public Device Device => _matrix.Device;

    /// <inheritdoc/>
    public Tensor Apply(Tensor vectors) => _add(_matrix.Apply(vectors), vectors);
}
