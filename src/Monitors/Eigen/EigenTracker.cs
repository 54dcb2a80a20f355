using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Follows the largest eigenpairs of a matrix that changes a little from step to step, such as the Hessian along training:
/// a block Davidson iteration, warm-started, with guard vectors beyond those it reports.
/// </summary>
/// <remarks>
/// <para>With a block of one, the residual test is passed by the <em>second</em> eigenpair after λ₂ overtakes λ₁. Guards keep the
/// runners-up in the basis, and at every update the Ritz pair with the largest residual, guard or not, is improved once even
/// where all reported ones pass: so a direction that rises from below is met before it is on top.</para>
/// <para>At the edge of stability the iterates hop between two sides of a valley and the eigenvectors with them; the last ones
/// are then a poor start. Given the point, each update starts from the eigenvectors extrapolated to it, by the affine
/// combination of the last points that comes nearest.</para>
/// <para>Cost of an update: count + guards products, one more, and what the tolerance still asks for: 5–6 HVPs with two
/// reported eigenvalues at the edge of stability. A matrix no larger than the block is taken whole: d products.</para>
/// </remarks>
public sealed class EigenTracker : IDisposable
{
    private const int History = 4, ProductsPerPair = 12, BlocksKept = 6;

    private readonly int _count, _guards;
    private readonly double _tolerance;
    private readonly List<Frame> _past = [];

    /// <summary>Creates a tracker that knows nothing yet: its first update is a cold <see cref="Lanczos"/> run.</summary>
    /// <param name="count">k, how many eigenpairs are reported.</param>
    /// <param name="guards">How many more are kept in the block, at least two.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    public EigenTracker(int count, int guards = 2, double tolerance = 1e-3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(guards, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        (_count, _guards, _tolerance) = (count, guards, tolerance);
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

        if (_past.Count == 0)
        {
            return Adopt(Cold(operation), point).MoveToOuterDisposeScope();
        }

        using var basis = new RitzBasis(operation);
        basis.Extend(point is null ? _past[0].Vectors : Extrapolated(point));
        basis.Extend(basis.ResidualVectors([Enumerable.Range(0, basis.Size).MaxBy(i => basis.Residuals[i])]));
        while (basis.Products < ProductsPerPair * block + 40)
        {
            var open = Enumerable.Range(0, _count).Where(i => !Converged(basis, i, block)).ToArray();
            if (open.Length == 0)
            {
                break;
            }

            if (basis.Size + open.Length > BlocksKept * block)
            {
                basis.Truncate(2 * block);
            }

            if (basis.Extend(basis.ResidualVectors(open)) == 0)
            {
                break; // the residuals are rounding: nothing more to gain in this dtype
            }
        }

        basis.Truncate(block);
        var pairs = new Eigenpairs(
            basis.Values,
            SignsContinued(basis.Vectors),
            basis.Residuals,
            [.. Enumerable.Range(0, block).Select(i => Converged(basis, i, block))],
            basis.Products);
        return Report(pairs, point);
    }

    /// <summary>The eigenpairs, guards included, found without any memory; a hundred times stricter than the tolerance, as a judge should be. Cost: 30–50 products.</summary>
    /// <param name="operation">The matrix as it is now.</param>
    /// <param name="seed">Of the random start.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs Cold(ILinearOperator operation, long seed = 0) =>
        Lanczos.Largest(operation, _count + _guards, _tolerance / 100, seed);

    /// <summary>Goes on from eigenpairs that were found otherwise, by <see cref="Cold"/> say; what was known before is forgotten.</summary>
    /// <returns>The first k of <paramref name="pairs"/>, with signs continued from the last update.</returns>
    public Eigenpairs Adopt(Eigenpairs pairs, Tensor? point = null)
    {
        using var scope = NewDisposeScope();
        var continued = pairs with { Vectors = SignsContinued(pairs.Vectors) };
        Forget(0);
        return Report(continued, point);
    }

    /// <summary>All Ritz values of the last update, guards included.</summary>
    public IReadOnlyList<double> BlockValues { get; private set; } = [];

    /// <summary>Their unit vectors as rows, shape [k + guards, d]; valid until the next update. Owned by the tracker.</summary>
    /// <exception cref="InvalidOperationException">There was none yet.</exception>
    public Tensor BlockVectors => _past.Count > 0 ? _past[0].Vectors : throw new InvalidOperationException("nothing has been tracked yet");

    /// <summary>What an update starts from: the last blocks of eigenvectors and their points, by name. Owned by the tracker.</summary>
    public IReadOnlyDictionary<string, Tensor> State
    {
        get
        {
            var state = new Dictionary<string, Tensor>();
            for (var i = 0; i < _past.Count; i++)
            {
                state[$"vectors.{i}"] = _past[i].Vectors;
                if (_past[i].Point is { } point)
                {
                    state[$"point.{i}"] = point;
                }
            }

            return state;
        }
    }

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Forget(0);
        for (var i = 0; state.TryGetValue($"vectors.{i}", out var vectors); i++)
        {
            _past.Add(new Frame(vectors.clone().DetachFromDisposeScope(), state.GetValueOrDefault($"point.{i}")?.clone().DetachFromDisposeScope()));
        }
    }

    /// <summary>Releases the vectors that were kept.</summary>
    public void Dispose() => Forget(0);

    /// <summary>
    /// A Ritz value of a block is off by about r²/gap, the gap reaching past the block (Knyazev 2001); neighbours within the
    /// block, however near, do no harm. Never more than r.
    /// </summary>
    private bool Converged(RitzBasis basis, int i, int block)
    {
        var residual = basis.Residuals[i];
        var gap = basis.Values[i] - basis.Values[Math.Min(block, basis.Size) - 1];
        var error = gap > residual ? residual * residual / gap : residual;
        return error <= _tolerance * Math.Abs(basis.Values[0]);
    }

    /// <summary>The last eigenvectors, carried to <paramref name="point"/> by the affine combination of past points nearest to it.</summary>
    private Tensor Extrapolated(Tensor point)
    {
        var last = _past[0];
        var others = _past.Skip(1).Where(f => f.Point is not null && f.Vectors.shape[0] == last.Vectors.shape[0]).ToArray();
        if (others.Length < 2 || last.Point is null)
        {
            return last.Vectors;
        }

        var differences = stack(others.Select(f => f.Point! - last.Point));
        var gram = differences.mm(differences.t()).to(ScalarType.Float64).cpu();
        // The ridge keeps points that lie on a line (early, smooth training) from cancelling each other with huge weights.
        gram += eye(others.Length, dtype: ScalarType.Float64) * (gram.diagonal().mean() * 1e-3 + double.Epsilon);
        var weights = linalg.solve(gram, differences.mv(point - last.Point).to(ScalarType.Float64).cpu());
        if (!weights.isfinite().all().item<bool>())
        {
            return last.Vectors;
        }

        var start = last.Vectors.clone();
        foreach (var (frame, weight) in others.Zip(weights.data<double>().ToArray()))
        {
            // Frames are only defined up to a rotation among near-equal eigenvalues: turn each onto the last (Procrustes).
            var (u, _, vh) = linalg.svd(last.Vectors.mm(frame.Vectors.t()).to(ScalarType.Float64).cpu(), fullMatrices: false);
            var turned = u.mm(vh).to(start.dtype).to(start.device).mm(frame.Vectors);
            start += weight * (turned - last.Vectors);
        }

        return start;
    }

    /// <summary>An eigenvector's sign is arbitrary: keep the one nearest to the last update; at first the largest component is positive.</summary>
    private Tensor SignsContinued(Tensor vectors)
    {
        var reference = _past.Count > 0 ? _past[0].Vectors : null;
        var products = reference is null
            ? vectors.gather(1, vectors.abs().argmax(1, keepdim: true))
            : vectors.mm(reference.t()).gather(1, vectors.mm(reference.t()).abs().argmax(1, keepdim: true));
        return vectors * where(products.lt(0), -ones_like(products), ones_like(products));
    }

    /// <summary>Remembers the whole block and hands out the pairs that were asked for.</summary>
    private Eigenpairs Report(Eigenpairs block, Tensor? point)
    {
        BlockValues = block.Values;
        _past.Insert(0, new Frame(block.Vectors.clone().DetachFromDisposeScope(), point?.clone().DetachFromDisposeScope()));
        Forget(History);
        var reported = block.Take(Math.Min(_count, block.Values.Count));
        reported.Vectors.MoveToOuterDisposeScope();
        return reported;
    }

    private void Forget(int keep)
    {
        foreach (var frame in _past.Skip(keep))
        {
            frame.Vectors.Dispose();
            frame.Point?.Dispose();
        }

        _past.RemoveRange(Math.Min(keep, _past.Count), Math.Max(0, _past.Count - keep));
    }

    private sealed record Frame(Tensor Vectors, Tensor? Point);
}
