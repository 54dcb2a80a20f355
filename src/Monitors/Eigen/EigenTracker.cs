using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Tracks the largest eigenpairs of a matrix that changes a little from step to step, such as the Hessian along training: a warm-started block
/// Davidson method with lazily evaluated guard vectors, a quasi-Newton (PSB) projected matrix and linear extrapolation of the subspace.
/// </summary>
/// <remarks>
/// <para>The tracker keeps a block of k reported vectors and some guards, which are the runners-up. Without guards it would keep following an
/// eigenvector that another one has overtaken: its residual is small, but it is no longer the first. One update finds the eigenpairs of the
/// matrix A at a new point θ:</para>
/// <list type="number">
/// <item>Extrapolate (<c>SubspaceHistory</c>): the vectors X and their products Y ≈ A·X of the last two updates are combined linearly, with the
/// weights for which the same combination of the last two points is nearest to θ. No HVP.</item>
/// <item>Orthonormalize X, project Y on it and solve the small eigenproblem (Rayleigh–Ritz). This predicts every Ritz value (<c>SearchSubspace</c>,
/// <c>ProjectedMatrix</c>). No HVP.</item>
/// <item>Evaluate A on the k largest predicted Ritz vectors: k HVPs (<c>DavidsonIteration</c>). Each product also corrects the prediction for
/// all other vectors, by a Powell–symmetric–Broyden update of the projected matrix.</item>
/// <item>Evaluate a guard only if its predicted value plus <see cref="TrackerSettings.DriftMargin"/>·drift·age·|λ₁| exceeds the last reported
/// value, or if its age exceeds <see cref="TrackerSettings.MaxGuardAge"/>/k. Age counts the updates since its product was evaluated. Drift is the
/// largest of: the relative error of its predicted value per √update when it was last evaluated,
/// <see cref="TrackerSettings.MinDriftShare"/> of the largest such error in the block, and the relative change of λ₁ since the last update.</item>
/// <item>If the estimated error of a reported value, r²/gap with the norm r of its residual, exceeds
/// <see cref="TrackerSettings.CorrectionThreshold"/>·tolerance·|λ₁|, evaluate A on the Davidson correction (the residual divided by the gaps) and
/// repeat from 4. Then evaluate the residual of a guard that is far from any eigenvector, at most once.</item>
/// <item>Report Ritz pairs of the evaluated directions alone: their values are lower bounds of the eigenvalues, and their residuals are exact.
/// Predictions decide only what is evaluated.</item>
/// <item>Restart: the Ritz vectors of the whole projected matrix, each corrected by its residual divided by the gap, form the next block
/// together with what is known of their products. No HVP.</item>
/// </list>
/// <para>Cost: k HVPs an update, and one to three more at the edge of stability. The first update is a cold <see cref="Lanczos"/> run; a matrix no
/// larger than the block is solved densely, for d HVPs. Memory: four blocks of k + guards vectors, and two points. All constants
/// are in <see cref="TrackerSettings"/>.</para>
/// <para>Sources: Davidson 1975, J. Comput. Phys. 17, 87 (correction); Dennis and Schnabel 1983, Numerical Methods for Unconstrained
/// Optimization, ch. 9 (PSB); Stathopoulos, Saad and Wu 1998, SIAM J. Sci. Comput. 19, 227 (thick restart of Davidson's method); Knyazev 2001,
/// SIAM J. Sci. Comput. 23, 517 (block with guards); Li and Li 2005, Linear Algebra Appl. 395, 183 (error of Ritz values).</para>
/// </remarks>
public sealed class EigenTracker : IDisposable
{
    private readonly int _count, _guards;
    private readonly double _tolerance;
    private readonly bool _lazyGuards;
    private readonly TrackerSettings _settings;
    private readonly SubspaceHistory _history;
    private Tensor? _vectors;

    /// <summary>Creates a tracker without history: its first update is a cold <see cref="Lanczos"/> run.</summary>
    /// <param name="count">k, how many eigenpairs are reported.</param>
    /// <param name="guards">How many more the block holds, at least two; with lazy guards it holds <see cref="TrackerSettings.ExtraGuards"/> more.</param>
    /// <param name="tolerance">Estimated error of an eigenvalue, relative to the largest, at which it counts as converged.</param>
    /// <param name="lazyGuards">Whether guards are evaluated only where they might matter; false evaluates each at every update, for one HVP each.</param>
    /// <param name="settings">The constants of the method; null for the defaults.</param>
    public EigenTracker(int count, int guards = 2, double tolerance = 1e-3, bool lazyGuards = true, TrackerSettings? settings = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(guards, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tolerance);
        _settings = settings ?? TrackerSettings.Default;
        (_count, _guards, _tolerance, _lazyGuards) = (count, guards + (lazyGuards ? _settings.ExtraGuards : 0), tolerance, lazyGuards);
        _history = new SubspaceHistory(_settings);
    }

    /// <summary>Finds the largest eigenpairs of <paramref name="matrix"/>, starting from those of the last updates. Cost: see the class.</summary>
    /// <param name="matrix">The matrix at <paramref name="point"/>.</param>
    /// <param name="point">Where it was taken, shape [d]: θ for a Hessian. It is copied. The same point every time turns extrapolation off.</param>
    /// <returns>At most k pairs (d where d is smaller), with signs continued from the last update.</returns>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs Update(ILinearOperator matrix, Tensor point)
    {
        using var scope = NewDisposeScope();
        var block = (int)Math.Min(_count + _guards, matrix.Dimension);
        if (block == matrix.Dimension)
        {
            return Adopt(DenseEigen.Largest(matrix, block), point).MoveToOuterDisposeScope();
        }

        if (!_history.IsEmpty)
        {
            var (start, ages) = _history.Extrapolate(point);
            using var subspace = new SearchSubspace(matrix, start, ages, _settings);
            if (subspace.Projected.Size == block)
            {
                return Iterate(subspace, point).MoveToOuterDisposeScope();
            }
        }

        // Later updates rest on this block, so all of its pairs must converge.
        return Adopt(Lanczos.Largest(matrix, block, _tolerance / _settings.FromScratchStrictness), point).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The eigenpairs, guards included, by a cold <see cref="Lanczos"/> run that uses no history. The reported ones and
    /// <see cref="TrackerSettings.ExtraAuditPairs"/> more meet a tolerance that is <see cref="TrackerSettings.FromScratchStrictness"/> times stricter.
    /// Cost: 15–30 HVPs.
    /// </summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="seed">The seed of the random start vector.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs FromScratch(ILinearOperator matrix, long seed = 0) => Lanczos.Largest(
        matrix, _count + _guards, _tolerance / _settings.FromScratchStrictness, seed, required: _count + _settings.ExtraAuditPairs);

    /// <summary>Replaces the history by eigenpairs that were found otherwise, by <see cref="FromScratch"/> for example.</summary>
    /// <param name="pairs">Reported pairs and guards.</param>
    /// <param name="point">Where they were found, shape [d]; it is copied.</param>
    /// <returns>The first k of <paramref name="pairs"/>, with signs continued from the last update.</returns>
    public Eigenpairs Adopt(Eigenpairs pairs, Tensor point)
    {
        using var scope = NewDisposeScope();
        var vectors = _history.AlignSigns(pairs.Vectors);
        var reported = (pairs with { Vectors = vectors }).Take(Math.Min(_count, pairs.Values.Count));
        _history.Clear();
        var products = vectors * tensor(pairs.Values.ToArray(), dtype: vectors.dtype, device: vectors.device).unsqueeze(1);
        _history.Add(stack([vectors, products]), [.. pairs.Values.Select(_ => new RitzAge(0, _settings.InitialDrift))], pairs.Values[0], point);
        Remember(vectors, pairs.Values);
        return reported.MoveToOuterDisposeScope();
    }

    /// <summary>All Ritz values of the last update, guards included; those of lazy guards may be predictions.</summary>
    public IReadOnlyList<double> BlockValues { get; private set; } = [];

    /// <summary>Their unit vectors as rows, shape [k + guards, d]; valid until the next update. Owned by the tracker.</summary>
    /// <exception cref="InvalidOperationException">There was no update yet, or guards are lazy.</exception>
    public Tensor BlockVectors => _vectors ?? throw new InvalidOperationException("there was no update yet, or guards are evaluated lazily");

    /// <summary>What the next update starts from: the last blocks of vectors and products, their ages and points, by name. Owned by the tracker.</summary>
    public IReadOnlyDictionary<string, Tensor> State => _history.State;

    /// <summary>Continues from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state) => _history.Restore(state);

    /// <summary>Releases the history.</summary>
    public void Dispose()
    {
        _history.Dispose();
        _vectors?.Dispose();
    }

    private Eigenpairs Iterate(SearchSubspace subspace, Tensor point)
    {
        var pairs = new DavidsonIteration(subspace, _count, _guards, _tolerance, _lazyGuards, _settings).Run(_history.LargestValue);
        var (block, ages) = subspace.Restart(_count + _guards);
        var ritz = subspace.Projected.Ritz;
        Remember(
            _lazyGuards ? null : subspace.Vectors(subspace.AlignSigns(ritz.Vectors[..(_count + _guards)])),
            [.. pairs.Values, .. ritz.Values.Skip(_count).Take(_guards)]);
        _history.Add(block, ages, pairs.Values[0], point);
        return pairs;
    }

    private void Remember(Tensor? vectors, IReadOnlyList<double> values)
    {
        _vectors?.Dispose();
        (_vectors, BlockValues) = (vectors?.DetachFromDisposeScope(), values);
    }
}
