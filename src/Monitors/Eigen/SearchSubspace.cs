using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Eigen.Matrix;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The search subspace of one update: the span of a block of vectors, which grows by correction directions, and the products evaluated in it.
/// It translates between vectors of length d in the operator's dtype and the coordinates in which a <see cref="ProjectedMatrix"/> computes.
/// </summary>
/// <remarks>
/// The orthonormal basis is Q = T·R, where the rows of R are the vectors as they came. Q is never formed, since that would cost a pass over
/// all of R: coordinates c belong to the vector c·Q = (c·T)·R, and a vector x has the coordinates (x·Rᵀ)·Tᵀ.
/// </remarks>
internal sealed class SearchSubspace : IDisposable
{
    private readonly ILinearOperator _matrix;
    private readonly TrackerSettings _settings;
    private readonly Tensor _predictions; // predicted products with the vectors of the block, shape [m, d]
    private readonly Matrix _blockOverlaps; // overlaps of the basis with the vectors of the block
    private readonly double _residualRayleigh;
    private Matrix _transform; // T
    private Tensor _rows, _products; // R; the evaluated products, in the order of ProjectedMatrix.Directions

    /// <summary>Orthonormalizes a block and projects the predicted matrix on it. Costs no HVP.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="block">Vectors near its eigenvectors and predictions of their products, shape [2, m, d].</param>
    /// <param name="ages">The age of each prediction.</param>
    /// <param name="settings">The constants of the method.</param>
    public SearchSubspace(ILinearOperator matrix, Tensor block, RitzAge[] ages, TrackerSettings settings)
    {
        using var scope = NewDisposeScope();
        (_matrix, _settings) = (matrix, settings);
        var m = ages.Length;
        var overlaps = From(block[0].mm(block.view(2 * m, -1).t()));
        var (gram, predictions) = (overlaps[.., ..m], overlaps[.., m..]);
        var scales = new SymmetricEigen(gram);
        var least = settings.MinIndependentShare * settings.MinIndependentShare * scales.Values[0];
        double[] independent = [.. scales.Values.Where(square => square > least)];
        var whitening = Diagonal([.. independent.Select(square => 1 / Math.Sqrt(square))]) * scales.Vectors[..independent.Length];
        var predicted = (whitening * predictions * whitening.Transpose()).Transpose();
        var ritz = new SymmetricEigen(predicted);
        _residualRayleigh = independent.Length == 0 ? 0 : settings.ResidualRayleighShare * ritz.Values[^1];
        _transform = ritz.Vectors * whitening;
        _blockOverlaps = _transform * gram;
        (_rows, _predictions) = (block[0].DetachFromDisposeScope(), block[1].DetachFromDisposeScope());
        _products = block[0].narrow(0, 0, 0).clone().DetachFromDisposeScope();
        Projected = new ProjectedMatrix(
            ritz.Vectors * predicted * ritz.Vectors.Transpose(),
            [.. Enumerable.Range(0, independent.Length).Select(i => RitzAge.Mean(_transform.Row(i), ages))]);
    }

    /// <summary>The dtype of the products.</summary>
    public ScalarType DataType => _matrix.DataType;

    /// <summary>What is known of the matrix, in coordinates. Its coordinates are predicted Ritz vectors at first, largest value first.</summary>
    public ProjectedMatrix Projected { get; private set; }

    /// <summary>
    /// Evaluates the product with a direction, orthogonalized against those evaluated before. Cost: one HVP, or none where nothing is left of it.
    /// </summary>
    /// <param name="direction">Its part in the subspace, one row of coordinates.</param>
    /// <param name="outside">Its part outside, shape [1, d], by which the subspace grows; null for none.</param>
    /// <param name="drift">The drift of a prediction, given the value found; null where there was no prediction.</param>
    /// <returns>Whether the direction was new.</returns>
    /// <exception cref="ArithmeticException">The product is not finite.</exception>
    public bool MatVec(Matrix direction, Tensor? outside = null, Func<double, double>? drift = null)
    {
        using var scope = NewDisposeScope();
        if (outside is not null && Expand(outside) is { } length)
        {
            direction = HStack(direction, Diagonal(length));
        }

        if (Orthonormalize(direction) is not { } unit)
        {
            return false;
        }

        var product = _matrix.Apply(Vectors(unit));
        var coordinates = Coordinates(product);
        if (!double.IsFinite(coordinates.Largest))
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        Replace(ref _products, cat([_products, product]));
        var value = (unit * coordinates.Transpose())[0, 0];
        Projected = Projected.Evaluate(unit, coordinates, drift?.Invoke(value) ?? _settings.InitialDrift);
        return true;
    }

    /// <summary>The vectors of rows of coordinates, shape [rows, d].</summary>
    public Tensor Vectors(Matrix coordinates) => LinearCombination((coordinates * _transform, _rows));

    /// <summary>Rows of coordinates, each with the sign for which its largest overlap with the block is positive. So signs continue between updates.</summary>
    public Matrix AlignSigns(Matrix coordinates)
    {
        var overlaps = coordinates[.., .._blockOverlaps.Rows] * _blockOverlaps;
        return Diagonal([.. Enumerable.Range(0, coordinates.Rows).Select(i => overlaps.Row(i).ToArray().MaxBy(Math.Abs) < 0 ? -1.0 : 1)]) * coordinates;
    }

    /// <summary>A·x − λ·x for each Ritz pair (λ, x) on the evaluated directions. Costs no HVP.</summary>
    public RitzResiduals Residuals()
    {
        using var scope = NewDisposeScope();
        var ritz = Projected.Evaluated;
        var products = ritz.Vectors * Projected.Products;
        var outside = LinearCombination((ritz.Vectors, _products), (-1 * products * _transform, _rows));
        var norms = Norms(outside);
        var inside = products - Diagonal(ritz.Values) * ritz.Vectors * Projected.Directions;
        return new RitzResiduals(outside.MoveToOuterDisposeScope(), norms, inside);
    }

    /// <summary>The gap between a Ritz value and the Rayleigh quotient that is assumed of a residual outside the subspace.</summary>
    // A prediction of a matrix that has changed by orders of magnitude may be far below -|λ|; the gap would hide any residual.
    public double Gap(double value) => value - Math.Max(_residualRayleigh, -Math.Abs(value));

    /// <summary>
    /// A thick restart: the first Ritz vectors, each corrected by the part r of its residual outside the subspace, x + r/gap (Davidson
    /// 1975), and what is known of their products. Costs no HVP: the next update predicts from them, and evaluates those that matter.
    /// </summary>
    /// <returns>Vectors and products, shape [2, rows, d], and the age of each product.</returns>
    public (Tensor Block, RitzAge[] Ages) Restart(int rows)
    {
        using var scope = NewDisposeScope();
        var ritz = Projected.Ritz;
        var vectors = AlignSigns(ritz.Vectors[..rows]);
        var (evaluated, unevaluated, symmetry, total) = Projected.ProductsWith(vectors);
        var outside = LinearCombination(
            (evaluated, _products),
            ((unevaluated * _transform)[.., ..(int)_predictions.shape[0]], _predictions),
            ((symmetry - total) * _transform, _rows));
        var norms = Norms(outside);
        var leastGap = _settings.MinRestartGap * Math.Abs(ritz.Values[0]);
        double[] gaps = [.. norms.Select((norm, i) => Math.Max(Gap(ritz.Values[i]), Math.Max(norm / _settings.MaxRestartRotation, leastGap)))];
        // A·(x + r/gap) = A·x + A·r/gap, where A·x = total·Q + r and A·r is taken for the assumed Rayleigh quotient times r.
        var steps = Diagonal([.. gaps.Zip(norms, (gap, norm) => norm > 0 ? 1 / gap : 0)]); // no residual, no correction
        var block = LinearCombination(
            (VStack(vectors, total) * _transform, _rows),
            (VStack(steps, Identity(rows) + _residualRayleigh * steps), outside));
        return (block.view(2, rows, -1).MoveToOuterDisposeScope(), Projected.AgesOf(vectors));
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        _rows.Dispose();
        _predictions.Dispose();
        _products.Dispose();
    }

    /// <summary>Adds a direction outside the subspace to the basis; returns its length, or null where it was only rounding.</summary>
    private double? Expand(Tensor outside)
    {
        var length = Norms(outside)[0];
        var added = outside / Scalar(Math.Max(length, double.Epsilon));
        var inside = -1 * Coordinates(added) * _transform;
        added.addmm_(inside.ToTensor(_rows), _rows, 1, 1);
        var left = Norms(added)[0];
        if (!(left > 0.5))
        {
            return null;
        }

        added /= Scalar(left);
        var predicted = From(added.mm(_predictions.t()));
        Projected = Projected.Expand(
            From(added.mm(_products.t())),
            predicted.Padded(0, _transform.Columns - predicted.Columns) * _transform.Transpose(),
            new RitzAge(0, _settings.InitialDrift));
        _transform = VStack(_transform.Padded(0, 1), HStack(Zeros(1, _transform.Columns), Diagonal(1)));
        Replace(ref _rows, cat([_rows, added]));
        return length;
    }

    /// <summary>The part of a direction that is orthogonal to the evaluated ones, at length one; null where hardly anything is left.</summary>
    private Matrix? Orthonormalize(Matrix direction)
    {
        var evaluated = Projected.Directions;
        for (var pass = 0; pass < 2; pass++)
        {
            var length = direction.Norm;
            direction -= direction * evaluated.Transpose() * evaluated;
            var left = direction.Norm;
            if (!(left > _settings.MinIndependentShare * length))
            {
                return null;
            }

            direction += ((1 / left) - 1) * direction; // for a length near one, more accurate than a division by it
        }

        return direction;
    }

    /// <summary>The coordinates of the projections of vectors of length d on the subspace.</summary>
    private Matrix Coordinates(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        return From(vectors.mm(_rows.t())) * _transform.Transpose();
    }

    /// <summary>Σ coefficients·rows.</summary>
    private static Tensor LinearCombination(params ReadOnlySpan<(Matrix Coefficients, Tensor Rows)> terms)
    {
        using var scope = NewDisposeScope();
        var sum = terms[0].Coefficients.ToTensor(terms[0].Rows).mm(terms[0].Rows);
        foreach (var (coefficients, rows) in terms[1..])
        {
            sum.addmm_(coefficients.ToTensor(rows), rows, 1, 1);
        }

        return sum.MoveToOuterDisposeScope();
    }

    private static double[] Norms(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return [.. rows.norm(1, p: 2f).to(ScalarType.Float64).cpu().data<double>()];
    }

    private static void Replace(ref Tensor old, Tensor with)
    {
        old.Dispose();
        old = with.DetachFromDisposeScope();
    }
}

/// <summary>The residuals A·x − λ·x of the Ritz pairs on the evaluated directions.</summary>
/// <param name="Outside">Their parts outside the subspace, shape [pairs, d].</param>
/// <param name="OutsideNorms">The norms of these.</param>
/// <param name="Inside">Their parts inside, as rows of coordinates.</param>
internal sealed record RitzResiduals(Tensor Outside, double[] OutsideNorms, Matrix Inside)
{
    /// <summary>|A·x − λ·x| of pair <paramref name="i"/>.</summary>
    public double Norm(int i) => double.Hypot(OutsideNorms[i], Inside[i..(i + 1)].Norm);
}
