using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Numbers.HeldNumber;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// An orthonormal basis with the operator's products beside it, and the Ritz pairs it holds. Vectors and products are kept
/// in the operator's dtype; the small algebra is float64. Products of combinations are combined, never computed again.
/// </summary>
internal sealed class RitzBasis(ILinearOperator operation) : IDisposable
{
    // A direction that keeps less than this share of its length beside the basis is rounding, not news.
    private double SmallestShare => operation.DataType == ScalarType.Float64 ? 1e-10 : 1e-4;

    private Tensor? _basis, _products;

    /// <summary>Ritz values of the basis, largest first.</summary>
    public double[] Values { get; private set; } = [];

    /// <summary>|A·x − θ·x| of each Ritz pair.</summary>
    public double[] Residuals { get; private set; } = [];

    /// <summary>The Ritz vectors as rows; together they are the basis.</summary>
    public Tensor Vectors => _basis!;

    /// <summary>Products spent so far.</summary>
    public int Products { get; private set; }

    /// <summary>How many vectors the basis has.</summary>
    public int Size => (int)(_basis?.shape[0] ?? 0);

    /// <summary>A·x − θ·x for the Ritz pairs <paramref name="indices"/>, as rows.</summary>
    public Tensor ResidualVectors(IReadOnlyList<int> indices)
    {
        using var scope = NewDisposeScope();
        var rows = tensor(indices.Select(i => (long)i).ToArray(), device: operation.Device);
        var theta = tensor(indices.Select(i => Values[i]).ToArray(), dtype: operation.DataType, device: operation.Device).unsqueeze(1);
        return (_products!.index_select(0, rows) - _basis!.index_select(0, rows) * theta).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the part of <paramref name="directions"/> (rows) that is new. Cost: one product per new direction.</summary>
    /// <returns>How many were new.</returns>
    public int Extend(Tensor directions)
    {
        using var scope = NewDisposeScope();
        var fresh = Orthonormalize(directions);
        var count = (int)fresh.shape[0];
        if (count == 0)
        {
            return 0;
        }

        var products = operation.Apply(fresh);
        Products += count;
        Replace(_basis is null ? fresh : cat([_basis, fresh]), _products is null ? products : cat([_products, products]));
        Rotate();
        return count;
    }

    /// <summary>Orthonormal rows that span what <paramref name="directions"/> have beside the basis, each as near to the one given as can be.</summary>
    public Tensor Beside(Tensor directions)
    {
        using var scope = NewDisposeScope();
        return Orthonormalize(directions).MoveToOuterDisposeScope();
    }

    /// <summary>Keeps the first <paramref name="count"/> Ritz pairs.</summary>
    public void Truncate(int count)
    {
        if (count >= Size)
        {
            return;
        }

        using var scope = NewDisposeScope();
        Replace(_basis!.narrow(0, 0, count).clone(), _products!.narrow(0, 0, count).clone());
        Values = Values[..count];
        Residuals = Residuals[..count];
    }

    public void Dispose()
    {
        _basis?.Dispose();
        _products?.Dispose();
    }

    /// <summary>Makes the basis vectors the Ritz vectors (Rayleigh–Ritz).</summary>
    private void Rotate()
    {
        var small = SmallMatrix.Read(_basis!.mm(_products!.t()));
        if (!small.Cast<double>().All(double.IsFinite))
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        var ritz = new SmallSymmetric(small);
        var rotation = SmallMatrix.Write(ritz.Vectors, _basis!);
        Values = ritz.Values;
        Replace(rotation.mm(_basis!), rotation.mm(_products!));
        var theta = tensor(Values, dtype: operation.DataType, device: operation.Device).unsqueeze(1);
        Residuals = [.. (_products! - _basis! * theta).square().sum(1).to(ScalarType.Float64).sqrt().cpu().data<double>()];
    }

    /// <summary>
    /// Orthonormal rows spanning what <paramref name="directions"/> add to the basis: twice projected, orthonormalized by the
    /// eigenvectors of their Gram matrix (SVQB, Stathopoulos and Wu 2002), which drops what is dependent.
    /// </summary>
    private Tensor Orthonormalize(Tensor directions)
    {
        var rows = directions / directions.norm(1, keepdim: true, p: 2f).clamp_min(Held(double.Epsilon));
        for (var pass = 0; pass < 2; pass++)
        {
            rows = _basis is null ? rows : rows - rows.mm(_basis.t()).mm(_basis);
            var gram = new SmallSymmetric(SmallMatrix.Read(rows.mm(rows.t())));
            var kept = gram.Values.Count(length => length > SmallestShare * SmallestShare);
            if (kept == 0)
            {
                return rows.narrow(0, 0, 0);
            }

            // With all of them kept, the orthonormal rows nearest to those given, so that each remains what it stands for.
            var scaled = kept == gram.Values.Length ? gram.Function(length => 1 / Math.Sqrt(length)) : gram.Scaled(kept, length => 1 / Math.Sqrt(length));
            rows = SmallMatrix.Write(scaled, rows).mm(rows);
        }

        return rows;
    }

    private void Replace(Tensor basis, Tensor products)
    {
        var (oldBasis, oldProducts) = (_basis, _products);
        _basis = basis.DetachFromDisposeScope();
        _products = products.DetachFromDisposeScope();
        oldBasis?.Dispose();
        oldProducts?.Dispose();
    }
}
