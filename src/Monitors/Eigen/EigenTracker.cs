using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Eigen.SmallMatrix;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Follows the largest eigenpairs of a matrix that changes a little from step to step, such as the Hessian along training:
/// a block Davidson iteration, warm-started, with guard vectors beyond those it reports, of which only those are looked at that might matter.
/// </summary>
/// <remarks>
/// <para>With a block of one, the residual test is passed by the <em>second</em> eigenpair after λ₂ overtakes λ₁. Guards keep the
/// runners-up in sight.</para>
/// <para>Beside every vector the tracker keeps what is known of its product with the matrix. At the edge of stability the iterates hop
/// between two sides of a valley, and eigenvectors and products with them; so both are carried to the new point by the affine combination of
/// the last points that comes nearest. That predicts a guard's value without a product. A guard is looked at when its value, moving as far as
/// recent predictions were off or as the largest value just moved, could have reached the reported pairs, or when it has not been seen for long.</para>
/// <para>What is reported rests on products at the present point alone: Ritz values of vectors that were seen, hence lower bounds, with
/// their true residuals. Predictions only decide what is looked at.</para>
/// <para>Cost of an update: one product for each reported pair, and about one for every two updates beside them. A matrix no
/// larger than the block is taken whole: d products.</para>
/// </remarks>
public sealed class EigenTracker : IDisposable
{
    // Guards that are kept beyond those asked for where all of them may rest: there they cost little.
    private const int Reserve = 2;

    private readonly int _count, _guards;
    private readonly double _tolerance;
    private readonly bool _resting;
    private readonly EigenTrail _past = new();
    private Tensor? _vectors;

    /// <summary>Creates a tracker that knows nothing yet: its first update is a cold <see cref="Lanczos"/> run.</summary>
    /// <param name="count">k, how many eigenpairs are reported.</param>
    /// <param name="guards">How many more are kept in the block, at least two; two more than these where they may rest.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    /// <param name="resting">Whether guards may rest while nothing is expected of them; false for those who want all of them seen at every update, for a product each.</param>
    public EigenTracker(int count, int guards = 2, double tolerance = 1e-3, bool resting = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(guards, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        (_count, _guards, _tolerance, _resting) = (count, guards + (resting ? Reserve : 0), tolerance, resting);
    }

    /// <summary>Finds the largest eigenpairs of <paramref name="operation"/>, starting from those of the last update.</summary>
    /// <param name="operation">The matrix as it is now.</param>
    /// <param name="point">Where it was taken, shape [d] (θ for a Hessian); null when the matrix belongs to no point.</param>
    /// <returns>At most k pairs (d where d is smaller), with signs continued from the last update.</returns>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs Update(ILinearOperator operation, Tensor? point = null)
    {
        using var scope = NewDisposeScope();
        var block = (int)Math.Min(_count + _guards, operation.Dimension);
        if (block == operation.Dimension)
        {
            return Adopt(DenseEigen.Largest(operation, block), point).MoveToOuterDisposeScope();
        }

        if (!_past.IsEmpty)
        {
            var (start, sightings) = _past.At(point);
            using var subspace = new PredictedSubspace(operation, start, sightings);
            if (subspace.Model.Size == block)
            {
                return Follow(subspace, point).MoveToOuterDisposeScope();
            }
        }

        // Everything rests on the first block, so all of it must have converged.
        return Adopt(Lanczos.Largest(operation, block, _tolerance / 100), point).MoveToOuterDisposeScope();
    }

    /// <summary>The eigenpairs, guards included, found without any memory; the reported ones and two more a hundred times stricter than the tolerance, as a judge should be. Cost: 15–30 products.</summary>
    /// <param name="operation">The matrix as it is now.</param>
    /// <param name="seed">Of the random start.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs Cold(ILinearOperator operation, long seed = 0) =>
        Lanczos.Largest(operation, _count + _guards, _tolerance / 100, seed, judged: _count + 2);

    /// <summary>Goes on from eigenpairs that were found otherwise, by <see cref="Cold"/> say; what was known before is forgotten.</summary>
    /// <returns>The first k of <paramref name="pairs"/>, with signs continued from the last update.</returns>
    public Eigenpairs Adopt(Eigenpairs pairs, Tensor? point = null)
    {
        using var scope = NewDisposeScope();
        var vectors = _past.SignsContinued(pairs.Vectors);
        var reported = (pairs with { Vectors = vectors }).Take(Math.Min(_count, pairs.Values.Count));
        _past.Clear();
        var products = vectors * tensor(pairs.Values.ToArray(), dtype: vectors.dtype, device: vectors.device).unsqueeze(1);
        _past.Add(stack([vectors, products]), [.. pairs.Values.Select(_ => Sighting.New)], pairs.Values[0], point);
        Remember(vectors, pairs.Values);
        return reported.MoveToOuterDisposeScope();
    }

    /// <summary>All Ritz values of the last update, guards included: as predicted, where they rest.</summary>
    public IReadOnlyList<double> BlockValues { get; private set; } = [];

    /// <summary>Their unit vectors as rows, shape [k + guards, d]; valid until the next update. Owned by the tracker.</summary>
    /// <exception cref="InvalidOperationException">There was no update yet, or guards rest.</exception>
    public Tensor BlockVectors => _vectors ?? throw new InvalidOperationException("nothing has been tracked yet, or guards rest");

    /// <summary>What an update starts from: the last blocks of eigenvectors, their products and points, owned by the tracker, and what is known of the guards, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _past.State;

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _past.Restore(state);

    /// <summary>Releases the vectors that were kept.</summary>
    public void Dispose()
    {
        _past.Dispose();
        _vectors?.Dispose();
    }

    private Eigenpairs Follow(PredictedSubspace subspace, Tensor? point)
    {
        var search = new EigenSearch(subspace, _count, _count + _guards, _tolerance, _resting, predicted: point is not null, before: _past.Largest);
        var (residuals, errors) = search.Run();
        var model = subspace.Model;
        double[] values = [.. model.Seen.Values.Take(_count)];
        var pairs = new Eigenpairs(
            values,
            subspace.Vectors(subspace.Oriented(Product(Rows(model.Seen.Vectors, 0, _count), model.Directions))),
            [.. values.Select((_, i) => residuals.Norm(i))],
            [.. errors.Select(error => error <= _tolerance * Math.Abs(values[0]))],
            model.Looks);
        var (block, sightings) = subspace.Carry(_count + _guards);
        Remember(_resting ? null : subspace.Vectors(subspace.Oriented(Rows(model.Ritz.Vectors, 0, _count + _guards))), [.. values, .. model.Ritz.Values.Skip(_count).Take(_guards)]);
        _past.Add(block, sightings, values[0], point);
        return pairs;
    }

    private void Remember(Tensor? vectors, IReadOnlyList<double> values)
    {
        _vectors?.Dispose();
        (_vectors, BlockValues) = (vectors?.DetachFromDisposeScope(), values);
    }
}
