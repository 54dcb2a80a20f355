using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Follows the largest eigenpairs of a matrix that changes a little from step to step, such as the Hessian along training:
/// a block Davidson iteration, warm-started, with guard vectors beyond those it reports.
/// </summary>
/// <remarks>
/// <para>With a block of one, the residual test is passed by the <em>second</em> eigenpair after λ₂ overtakes λ₁. Guards keep the
/// runners-up in sight. Whenever they are looked at, the Ritz pair with the largest residual, guard or not, is improved once even
/// where all reported ones pass: so a direction that rises from below is met before it is on top.</para>
/// <para>Between looks guards rest, for up to two updates and only while, at twice the pace last seen, they could not have reached the
/// reported pairs (<see cref="GuardRest"/>). A resting guard costs no product and still helps: the reported pairs are
/// corrected along it by what is known of its eigenvalue.</para>
/// <para>At the edge of stability the iterates hop between two sides of a valley and the eigenvectors with them; the last ones
/// are then a poor start. Given the point, each update starts from the eigenvectors extrapolated to it, by the affine
/// combination of the last points that comes nearest.</para>
/// <para>Cost of an update while guards rest: about one product and a half for each reported pair. Of a look: count + guards, one more,
/// and what the tolerance still asks for. A matrix no larger than the block is taken whole: d products.</para>
/// </remarks>
public sealed class EigenTracker : IDisposable
{
    private const int ProductsPerPair = 12, BlocksKept = 6, Corrections = 2;

    // What a value is taken to while guards rest, as a share of the tolerance: the error of its vector is carried into the next start.
    private const double RestingShare = 0.5;

    private const string GuardsName = "guards";

    private readonly int _count, _guards;
    private readonly double _tolerance;
    private readonly bool _resting;
    private readonly EigenTrail _past = new();
    private readonly GuardRest _rest = new();

    /// <summary>Creates a tracker that knows nothing yet: its first update is a cold <see cref="Lanczos"/> run.</summary>
    /// <param name="count">k, how many eigenpairs are reported.</param>
    /// <param name="guards">How many more are kept in the block, at least two.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    /// <param name="resting">Whether guards may rest between looks; false for those who want their values at every update, for some two products more.</param>
    public EigenTracker(int count, int guards = 2, double tolerance = 1e-3, bool resting = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(guards, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        (_count, _guards, _tolerance, _resting) = (count, guards, tolerance, resting);
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
        var start = Start(point);
        return _resting && _rest.Left > 0 && AtRest(basis, start) is { } guards
            ? ReportAtRest(basis, guards, point)
            : ReportLook(basis, start, point);
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
        var continued = pairs with { Vectors = _past.SignsContinued(pairs.Vectors) };
        _past.Clear();
        _rest.Reset();
        return Report(continued, point);
    }

    /// <summary>All Ritz values of the last update, guards included: while they rest, as they were last seen.</summary>
    public IReadOnlyList<double> BlockValues { get; private set; } = [];

    /// <summary>Their unit vectors as rows, shape [k + guards, d]; valid until the next update. Owned by the tracker.</summary>
    /// <exception cref="InvalidOperationException">There was none yet.</exception>
    public Tensor BlockVectors => _past.IsEmpty ? throw new InvalidOperationException("nothing has been tracked yet") : _past.Latest;

    /// <summary>What an update starts from: the last blocks of eigenvectors and their points, owned by the tracker, and what is known of the guards, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> State
    {
        get
        {
            var state = _past.State;
            if (BlockValues.Count > 0)
            {
                // As bits: whoever takes a state to another precision must leave these alone.
                double[] known = [BlockValues.Count, .. BlockValues, .. _rest.State];
                state[GuardsName] = tensor(known.Select(BitConverter.DoubleToInt64Bits).ToArray());
            }

            return state;
        }
    }

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        _past.Restore(state);
        _rest.Reset();
        if (state.TryGetValue(GuardsName, out var known))
        {
            var numbers = known.cpu().data<long>().Select(BitConverter.Int64BitsToDouble).ToArray();
            var count = (int)numbers[0];
            BlockValues = numbers[1..(count + 1)];
            _rest.Restore(numbers[(count + 1)..]);
        }
    }

    /// <summary>Releases the vectors that were kept.</summary>
    public void Dispose() => _past.Dispose();

    /// <summary>
    /// Rows near the eigenvectors at <paramref name="point"/>. Guards that have rested were not found where their frames say, and to
    /// extrapolate them would magnify that: they stay as they are.
    /// </summary>
    private Tensor Start(Tensor? point)
    {
        var start = _past.At(point);
        var rows = start.shape[0];
        return _rest.Looks >= EigenTrail.Capacity || !_resting
            ? start
            : cat([start.narrow(0, 0, _count), _past.Latest.narrow(0, _count, rows - _count)]);
    }

    /// <summary>Finds the reported pairs without looking at the guards; null where that does not do. The guards, orthonormal beside the pairs.</summary>
    private Tensor? AtRest(RitzBasis basis, Tensor start)
    {
        basis.Extend(start.narrow(0, 0, _count));
        var guards = basis.Beside(start.narrow(0, _count, start.shape[0] - _count));
        double[] values = [.. BlockValues.Skip(_count)];
        if (basis.Size < _count || guards.shape[0] < values.Length)
        {
            return null;
        }

        for (var pass = 0; ; pass++)
        {
            using var residuals = new GuardedResiduals(basis, _count, guards, values);
            var open = Open(i => residuals.Error(i) > RestingShare * _tolerance * Math.Abs(basis.Values[0]));
            if (open.Length == 0)
            {
                basis.Truncate(_count);
                return basis.Beside(guards);
            }

            if (pass == Corrections)
            {
                return null;
            }

            basis.Extend(residuals.Corrections(open));
        }
    }

    private Eigenpairs ReportAtRest(RitzBasis basis, Tensor guards, Tensor? point)
    {
        _rest.Rested();
        var pairs = new Eigenpairs(
            [.. basis.Values, .. BlockValues.Skip(_count)],
            _past.SignsContinued(cat([basis.Vectors, guards])),
            basis.Residuals,
            [.. basis.Values.Select(_ => true)],
            basis.Products);
        return Report(pairs, point);
    }

    /// <summary>Looks at the whole block, whatever the basis holds already.</summary>
    private Eigenpairs ReportLook(RitzBasis basis, Tensor start, Tensor? point)
    {
        var block = (int)start.shape[0];
        basis.Extend(start);
        basis.Extend(basis.ResidualVectors([Enumerable.Range(0, basis.Size).MaxBy(i => basis.Residuals[i])]));
        while (basis.Products < ProductsPerPair * block + 40)
        {
            var open = Open(i => !Converged(basis, i, block));
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
        _rest.Looked(basis.Values, _count);
        var pairs = new Eigenpairs(
            basis.Values,
            _past.SignsContinued(basis.Vectors),
            basis.Residuals,
            [.. Enumerable.Range(0, block).Select(i => Converged(basis, i, block))],
            basis.Products);
        return Report(pairs, point);
    }

    private int[] Open(Func<int, bool> open) => [.. Enumerable.Range(0, _count).Where(open)];

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

    /// <summary>Remembers the whole block and hands out the pairs that were asked for.</summary>
    private Eigenpairs Report(Eigenpairs block, Tensor? point)
    {
        BlockValues = block.Values;
        _past.Add(block.Vectors, point);
        var reported = block.Take(Math.Min(_count, block.Values.Count));
        reported.Vectors.MoveToOuterDisposeScope();
        return reported;
    }
}
