using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Follows the largest eigenpairs of a matrix that changes a little from step to step, such as the Hessian along training:
/// a block Davidson iteration, warm-started, with guard vectors beyond those it reports.
/// </summary>
/// <remarks>
/// <para>At the edge of stability the iterates hop between two sides of a valley and the eigenvectors with them; the last ones
/// are then a poor start. Given the point, each update starts from the eigenvectors extrapolated to it, by the affine
/// combination of the last points that comes nearest: mostly one product for each reported pair is then enough.</para>
/// <para>With a block of one, the residual test is passed by the <em>second</em> eigenpair after λ₂ overtakes λ₁. So guards, the
/// runners-up, are watched. A guard costs a product only when it is looked at: when, at twice the speed it was last seen to
/// have, it could have reached the reported pairs; when it has not been looked at for long; and whenever the reported pairs
/// turn out to be further off than the extrapolation promised.</para>
/// <para>Cost of an update at the edge of stability: about three HVPs with one reported eigenvalue, six with three. A matrix no
/// larger than the block is taken whole: d products.</para>
/// </remarks>
public sealed class EigenTracker : IDisposable
{
    private const int ProductsPerPair = 12, BlocksKept = 6, PassesInCalm = 2;

    // What a value is taken to before the guards are asked, as a share of the tolerance: an error of the vector is carried into
    // the next start, where it counts more than the product that would have removed it.
    private const double Calm = 0.2, Lively = 3;

    // Closer than so many tolerances below the reported pairs, a guard is looked at every time.
    private const double Neighbourhood = 40;

    private const string GuardsName = "guards";

    // A guard that keeps less of itself than this beside the basis is in it already.
    private const double LeastNews = 0.5;

    private readonly int _count, _guards;
    private readonly double _tolerance;
    private readonly bool _all;
    private readonly EigenTrail _past = new();
    private Guard[] _watched = [];

    /// <summary>Creates a tracker that knows nothing yet: its first update is a cold <see cref="Lanczos"/> run.</summary>
    /// <param name="count">k, how many eigenpairs are reported.</param>
    /// <param name="guards">How many more are watched, at least two.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    /// <param name="all">Look at every guard at every update, for those who want their values too: one product more for each.</param>
    public EigenTracker(int count, int guards = 2, double tolerance = 1e-3, bool all = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(guards, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        (_count, _guards, _tolerance, _all) = (count, guards, tolerance, all);
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

        if (_past.IsEmpty)
        {
            return Adopt(Cold(operation), point).MoveToOuterDisposeScope();
        }

        using var basis = new RitzBasis(operation);
        var start = _past.At(point);
        var outside = _watched.Select((guard, i) => new Watched(guard.Older, start[_count + i])).ToList();
        var called = new List<Guard>();
        basis.Extend(start.narrow(0, 0, _count));
        Call(g => _all || g.IsDue(basis.Values[_count - 1] - Neighbourhood * _tolerance * Math.Abs(basis.Values[0])));
        for (var pass = 0; pass < PassesInCalm && Open(Calm * _tolerance) is [_, ..] open && Open(Lively * _tolerance).Length == 0; pass++)
        {
            basis.Extend(basis.ResidualVectors(open));
        }

        if (Open(Calm * _tolerance).Length > 0)
        {
            // The matrix has changed more than the past foretold: ask all guards, look along the way that was gone, and improve the worst.
            Call(_ => true);
            if (point is not null && _past.Way(point) is { } way)
            {
                basis.Extend(way.unsqueeze(0));
            }

            basis.Extend(basis.ResidualVectors([Enumerable.Range(0, basis.Size).MaxBy(i => basis.Residuals[i])]));
        }
        else if (Enumerable.Range(_count, basis.Size - _count).FirstOrDefault(i => basis.Values[i] + basis.Residuals[i] >= basis.Values[_count - 1]) is > 0 and var threat)
        {
            basis.Extend(basis.ResidualVectors([threat])); // what it stands for may lie above the reported ones
        }

        while (basis.Products < ProductsPerPair * block + 40 && Open(0.5 * _tolerance) is [_, ..] open)
        {
            if (basis.Size + open.Length > BlocksKept * block)
            {
                basis.Truncate(2 * block);
            }

            if (basis.Extend(basis.ResidualVectors(open)) == 0)
            {
                break; // the residuals are rounding: nothing more to gain in this dtype
            }
        }

        var pairs = new Eigenpairs(
            basis.Values[.._count],
            _past.SignsContinued(basis.Vectors.narrow(0, 0, _count)),
            basis.Residuals[.._count],
            [.. Enumerable.Range(0, _count).Select(i => Error(basis, i, outside) <= _tolerance)],
            basis.Products);
        var kept = Kept(basis, called, outside);
        _watched = [.. kept.Select(w => w.Guard)];
        BlockValues = [.. pairs.Values, .. kept.Select(w => w.Guard.Value)];
        _past.Add(cat([pairs.Vectors, _past.SignsContinued(stack(kept.Select(w => w.Vector)))]), point);
        pairs.Vectors.MoveToOuterDisposeScope();
        return pairs;

        int[] Open(double tolerance) => [.. Enumerable.Range(0, _count).Where(i => Error(basis, i, outside) > tolerance)];

        void Call(Predicate<Guard> due)
        {
            var now = outside.Where(w => due(w.Guard)).ToArray();
            outside.RemoveAll(w => due(w.Guard));
            called.AddRange(now.Select(w => w.Guard));
            if (now.Length > 0)
            {
                basis.Extend(stack(now.Select(w => w.Vector)));
            }
        }
    }

    /// <summary>The eigenpairs, guards included, found without any memory; a hundred times stricter than the tolerance, as a judge should be. Cost: 15–30 products.</summary>
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
        var continued = pairs with { Vectors = _past.SignsContinued(pairs.Vectors) };
        _past.Clear();
        _past.Add(continued.Vectors, point);
        BlockValues = pairs.Values;
        _watched = [.. pairs.Values.Skip(_count).Select(Guard.Unknown)];
        return continued.Take(Math.Min(_count, pairs.Values.Count)).MoveToOuterDisposeScope();
    }

    /// <summary>All Ritz values of the last update, the watched ones after the reported.</summary>
    public IReadOnlyList<double> BlockValues { get; private set; } = [];

    /// <summary>Their unit vectors as rows, shape [k + guards, d], signs continued; valid until the next update. Owned by the tracker.</summary>
    /// <exception cref="InvalidOperationException">There was none yet.</exception>
    public Tensor BlockVectors => _past.Last ?? throw new InvalidOperationException("nothing has been tracked yet");

    /// <summary>What an update starts from: the last blocks of eigenvectors and their points, owned by the tracker, and what is known of the guards, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> State
    {
        get
        {
            var state = _past.State;
            if (_watched.Length > 0)
            {
                state[GuardsName] = tensor(_watched.SelectMany(g => (double[])[g.Value, g.Speed, g.Age]).ToArray(), [_watched.Length, 3]);
            }

            return state;
        }
    }

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _past.Restore(state);
        _watched = state.TryGetValue(GuardsName, out var guards)
            ? [.. guards.data<double>().ToArray().Chunk(3).Select(g => new Guard(g[0], g[1], (int)g[2]))]
            : [.. Enumerable.Repeat(Guard.Unknown(double.MinValue), Math.Max(0, _past.Size - _count))];
    }

    /// <summary>Releases the vectors that were kept.</summary>
    public void Dispose() => _past.Dispose();

    /// <summary>
    /// A Ritz value of a block is off by about r²/gap, the gap reaching past the block (Knyazev 2001): to the highest guard that
    /// is not in the basis or, with all of them in it, to the lowest of them. Never more than r. Relative to the largest.
    /// </summary>
    private double Error(RitzBasis basis, int i, List<Watched> outside)
    {
        var below = outside.Count > 0 ? outside.Max(w => w.Guard.Value) : basis.Values[Math.Min(_count + _guards, basis.Size) - 1];
        var (residual, gap) = (basis.Residuals[i], basis.Values[i] - below);
        return (gap > residual ? residual * residual / gap : residual) / Math.Abs(basis.Values[0]);
    }

    /// <summary>The guards of the next update: the highest of what the basis holds below the reported pairs and of those it does not hold.</summary>
    private Watched[] Kept(RitzBasis basis, List<Guard> called, List<Watched> outside)
    {
        called.Sort((a, b) => b.Value.CompareTo(a.Value));
        var inside = Enumerable.Range(_count, Math.Min(basis.Size - _count, _guards))
            .Select(i => new Watched(i - _count < called.Count ? called[i - _count].Seen(basis.Values[i]) : new Guard(basis.Values[i], 0, 0), basis.Vectors[i]));
        return [.. inside.Concat(outside.Select(w => Beside(basis, w))).OrderByDescending(w => w.Guard.Value).Take(_guards)];
    }

    /// <summary>A guard without what the basis holds of it.</summary>
    private static Watched Beside(RitzBasis basis, Watched guard)
    {
        var whole = guard.Vector / guard.Vector.norm();
        var rest = whole - basis.Vectors.t().mv(basis.Vectors.mv(whole));
        var news = rest.norm().to(ScalarType.Float64).item<double>();
        return new Watched(news < LeastNews ? Guard.Unknown(double.MinValue) : guard.Guard, rest / Math.Max(news, double.Epsilon));
    }

    /// <summary>A guard and where it points, shape [d].</summary>
    private sealed record Watched(Guard Guard, Tensor Vector);
}
