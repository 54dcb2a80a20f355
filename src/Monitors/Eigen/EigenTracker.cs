using LossSpikes.Monitors.Curvature;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Tracks the algebraically largest eigenpairs of a symmetric matrix that changes a little from step to step, such as the Hessian along training:
/// a warm-started block Davidson method with lazily evaluated guard vectors, a quasi-Newton (PSB) projected matrix and linear extrapolation of
/// the subspace.
/// </summary>
/// <remarks>
/// <para>The tracker keeps a block of k reported vectors and some guards, which are the runners-up. Without guards it would keep following an
/// eigenvector that another one has overtaken: its residual is small, but it is no longer the first. To <em>evaluate</em> a direction means to
/// compute its product with the matrix A: one Hessian–vector product (HVP) where A is a Hessian. All other products are predictions. One update
/// finds the eigenpairs of A at a new point θ:</para>
/// <list type="number">
/// <item>Extrapolate (<c>SubspaceHistory</c>): the block X and its products Y ≈ A·X become (1 − w)·last + w·before, where the same combination
/// of the last two points is nearest to θ. The weight w is shrunk by a ridge and clamped; the older block is first rotated onto the last one;
/// rows whose products are old keep w = 0. No HVP.</item>
/// <item>Orthonormalize X, project Y on it and solve the small eigenproblem (Rayleigh–Ritz). This predicts the Ritz values (<c>SearchSubspace</c>,
/// <c>ProjectedMatrix</c>). No HVP.</item>
/// <item>Evaluate the k largest predicted Ritz vectors: k HVPs (<c>DavidsonIteration</c>). By symmetry each product also gives the coupling of
/// its direction with all others: a Powell–symmetric–Broyden update of the projected matrix. It changes the Ritz values of the whole, but not
/// what is predicted on the complement of the evaluated directions, where the guards are.</item>
/// <item>Evaluate the guard with the highest upper bound while that bound exceeds the k-th evaluated Ritz value, and skip the others. The bound
/// is the guard's predicted value plus <see cref="TrackerSettings.DriftMargin"/>·drift·age·|λ₁|. It is infinite if the age exceeds
/// <see cref="TrackerSettings.MaxGuardAge"/>/k. Age is the number of updates since the product was evaluated, averaged where products were
/// combined. Drift is the largest of: the guard's own drift (the error of its predicted value when it was last evaluated, relative to the value
/// found, per √age), <see cref="TrackerSettings.MinDriftShare"/> of the largest drift in the block, and the relative change of λ₁ since the last
/// update. The bound grows with age and not with √age, as a precaution.</item>
/// <item>Estimate the error of each reported value: r²/gap, where r is the norm of the part of its residual outside the subspace and gap the
/// distance to the Rayleigh quotient assumed of that part (r itself, where gap is at most r), plus what the predicted products would add to the value.
/// If the worst one exceeds <see cref="TrackerSettings.CorrectionThreshold"/>·tolerance·|λ₁|, evaluate the Davidson correction of that pair (its
/// residual divided by the gaps) and repeat from 4.</item>
/// <item>Otherwise, once per update: if the residual of an evaluated Ritz pair beyond the k-th exceeds
/// <see cref="TrackerSettings.RepairThreshold"/>·|λ₁|, evaluate the largest such residual and repeat from 4.</item>
/// <item>Report the Ritz pairs on the evaluated directions alone: their values are lower bounds of the eigenvalues, and their residuals are exact.
/// A pair is converged if the estimated error of its value is at most tolerance·|λ₁|; predictions enter this estimate, but no value or residual.
/// The iteration ends here too when <see cref="TrackerSettings.MaxMatVecs"/> is reached or no new direction is left.</item>
/// <item>Restart: the Ritz vectors of the whole projected matrix, each corrected by its residual divided by the gap, form the next block
/// together with what is known of their products. No HVP.</item>
/// </list>
/// <para>If guards are not lazy, all of them are evaluated at every update.</para>
/// <para>Cost: k HVPs an update, and one to three more at the edge of stability (where λ₁ is near the optimizer's threshold and the iterates
/// oscillate). The first update is a cold <see cref="Lanczos"/> run, and so is one whose start block has lost rank; a matrix no larger than the
/// block is solved densely, for d HVPs. Memory between updates: four blocks of vectors, and two points. All constants are in
/// <see cref="TrackerSettings"/>.</para>
/// <para>Of a <see cref="ScaledOperator"/> E·A·E, such as the Hessian under Adam's preconditioner, E is known at each update. Block and points are
/// extrapolated in the space of A, which changes less.</para>
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
            return Adopt(DenseEigen.Largest(matrix, block, _tolerance), matrix, point).MoveToOuterDisposeScope();
        }

        if (!_history.IsEmpty)
        {
            var (start, ages) = _history.Extrapolate(point, Scale(matrix));
            using var subspace = new SearchSubspace(matrix, start, ages, _settings);
            if (subspace.Projected.Size == block)
            {
                return Iterate(subspace, matrix, point).MoveToOuterDisposeScope();
            }
        }

        // Later updates rest on this block, so all of its pairs are asked to converge, not only the reported ones.
        return Adopt(Lanczos.WithCopies(matrix, block, _tolerance / _settings.FromScratchStrictness), matrix, point).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The eigenpairs, guards included, by a cold <see cref="Lanczos"/> run that uses no history. The reported ones and
    /// <see cref="TrackerSettings.ExtraAuditPairs"/> more meet a tolerance that is <see cref="TrackerSettings.FromScratchStrictness"/> times stricter.
    /// The monitor audits the tracker by it. Cost: 15–30 HVPs on networks, at most 300.
    /// </summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="seed">The seed of the random start vector.</param>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs FromScratch(ILinearOperator matrix, long seed = 0) => Lanczos.Largest(
        matrix, _count + _guards, _tolerance / _settings.FromScratchStrictness, seed, required: _count + _settings.ExtraAuditPairs);

    /// <summary>Replaces the history by eigenpairs that were found otherwise, by <see cref="FromScratch"/> for example.</summary>
    /// <param name="pairs">Reported pairs and guards.</param>
    /// <param name="matrix">The matrix to which they belong.</param>
    /// <param name="point">Where they were found, shape [d]; it is copied.</param>
    /// <returns>The first k of <paramref name="pairs"/>, with signs continued from the last update.</returns>
    public Eigenpairs Adopt(Eigenpairs pairs, ILinearOperator matrix, Tensor point)
    {
        using var scope = NewDisposeScope();
        var vectors = _history.AlignSigns(pairs.Vectors);
        var reported = (pairs with { Vectors = vectors }).Take(Math.Min(_count, pairs.Values.Count));
        _history.Clear();
        var products = vectors * tensor(pairs.Values.ToArray(), dtype: vectors.dtype, device: vectors.device).unsqueeze(1);
        var size = new MatrixSize(pairs.Values[0], Math.Abs(pairs.Values[0]), pairs.Norm, pairs.Norm > 0 ? pairs.Asymmetry / pairs.Norm : 0);
        _history.Add(stack([vectors, products]), [.. pairs.Values.Select(_ => new RitzAge(0, _settings.InitialDrift))], size, point, Scale(matrix));
        Remember(vectors, pairs.Values);
        return reported.MoveToOuterDisposeScope();
    }

    /// <summary>Whether there is no history: the next update is a cold start.</summary>
    public bool IsEmpty => _history.IsEmpty;

    /// <summary>All Ritz values of the last update, guards included; those of lazy guards may be predictions.</summary>
    public IReadOnlyList<double> BlockValues { get; private set; } = [];

    /// <summary>Their unit vectors as rows, shape [block, d]; valid until the next update. Owned by the tracker.</summary>
    /// <exception cref="InvalidOperationException">
    /// There was no update yet, or guards are lazy and the last update was neither cold, dense nor adopted.
    /// </exception>
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

    private static Tensor? Scale(ILinearOperator matrix) => (matrix as ScaledOperator)?.Scale;

    private Eigenpairs Iterate(SearchSubspace subspace, ILinearOperator matrix, Tensor point)
    {
        var size = _history.Size;
        var pairs = new DavidsonIteration(subspace, _count, _guards, _tolerance, _lazyGuards, size, _settings).Run();
        var (block, ages) = subspace.Restart(_count + _guards);
        var ritz = subspace.Projected.Ritz;
        Remember(
            _lazyGuards ? null : subspace.Vectors(subspace.AlignSigns(ritz.Vectors[..(_count + _guards)])),
            [.. pairs.Values, .. ritz.Values.Skip(_count).Take(_guards)]);
        _history.Add(block, ages, size with { Largest = pairs.Values[0] }, point, Scale(matrix));
        return pairs;
    }

    private void Remember(Tensor? vectors, IReadOnlyList<double> values)
    {
        _vectors?.Dispose();
        (_vectors, BlockValues) = (vectors?.DetachFromDisposeScope(), values);
    }
}
