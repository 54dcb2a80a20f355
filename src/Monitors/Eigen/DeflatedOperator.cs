using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>A matrix with some of its eigenvalues moved to the lower end of the spectrum: A − Σ(λ_i + |A|)·v_i·v_iᵀ. Cost of a product: one of A.</summary>
/// <param name="matrix">A.</param>
/// <param name="pairs">The eigenpairs that are moved.</param>
internal sealed class DeflatedOperator(ILinearOperator matrix, Eigenpairs pairs) : ILinearOperator
{
    public long Dimension => matrix.Dimension;

    public ScalarType DataType => matrix.DataType;

    public Device Device => matrix.Device;

    public Tensor Apply(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var shifts = tensor(pairs.Values.Select(value => value + pairs.Norm).ToArray()).to(DataType).to(Device);
        var components = vectors.mm(pairs.Vectors.t()) * shifts;
        return (matrix.Apply(vectors) - components.mm(pairs.Vectors)).MoveToOuterDisposeScope();
    }
}
