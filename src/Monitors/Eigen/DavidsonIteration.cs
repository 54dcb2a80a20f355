using static LossSpikes.Monitors.Eigen.Matrix;
using static LossSpikes.Monitors.Tensors.KeepAlive;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// The block Davidson iteration of one update: evaluates products in a <see cref="SearchSubspace"/> until the reported pairs are accurate
/// enough, the limit of HVPs is reached, or no new direction is left.
/// </summary>
/// <param name="subspace">Where it searches; it owns the projected matrix, which is read here at its latest state.</param>
/// <param name="count">k, how many pairs are reported.</param>
/// <param name="guards">How many more the block holds.</param>
/// <param name="tolerance">Error of a value, relative to the largest, at which it counts as converged.</param>
/// <param name="lazyGuards">Whether guards are evaluated only where they might matter.</param>
/// <param name="before">The sizes of the matrix at the last update, by which its products round.</param>
/// <param name="settings">The constants of the method.</param>
internal sealed class DavidsonIteration(
    SearchSubspace subspace, int count, int guards, double tolerance, bool lazyGuards, MatrixSize before, TrackerSettings settings)
{
    private ProjectedMatrix Projected => subspace.Projected;

    private double LargestValue => Projected.Evaluated.Values[0];

    private double Scale => Math.Abs(LargestValue);

    private double Norm => Math.Max(before.Norm, Scale);

    private double Accepted => Eigenpairs.Accepted(tolerance, LargestValue, Norm, subspace.DataType);

    /// <summary>Iterates. Cost: at least k HVPs.</summary>
    /// <returns>The reported pairs.</returns>
    /// <exception cref="ArithmeticException">A product is not finite.</exception>
    public Eigenpairs Run()
    {
        for (var i = 0; i < count; i++)
        {
            Evaluate(Projected.Unevaluated[0]);
        }

        for (var repaired = false; ;)
        {
            EvaluateGuards();
            var residuals = subspace.Residuals();
            double[] errors = [.. Enumerable.Range(0, count).Select(i => Error(residuals, i))];
            var exhausted = Projected.MatVecs >= settings.MaxMatVecs;
            if (!exhausted && Correct(residuals, errors))
            {
                continue;
            }

            if (exhausted || repaired || !Repair(residuals))
            {
                return Report(residuals, errors);
            }

            repaired = true;
        }
    }

    /// <summary>Evaluates the product with a predicted Ritz vector, and notes how far off its predicted value was.</summary>
    private void Evaluate(RitzPair pair)
    {
        var (age, drift) = (Math.Sqrt(Math.Max(pair.Age.Age, 1)), settings.DriftDecay * pair.Age.Drift);
        subspace.MatVec(pair.Vector, drift: value => value == 0 ? drift : Math.Max(Math.Abs(value - pair.Value) / (age * Math.Abs(value)), drift));
    }

    /// <summary>Evaluates the guards whose value might exceed that of the last reported pair, and those that are too old.</summary>
    private void EvaluateGuards()
    {
        var maxAge = lazyGuards ? settings.MaxGuardAge / count : 0;
        var leastDrift = Math.Max(
            settings.MinDriftShare * Projected.AgesOf(Identity(Projected.Size)).Max(age => age.Drift),
            Scale > 0 ? Math.Abs(LargestValue - before.Largest) / Scale : 0);
        while (Projected.Unevaluated.Count > 0
            && Projected.Unevaluated.MaxBy(UpperBound) is { } guard
            && UpperBound(guard) > Projected.Evaluated.Values[count - 1])
        {
            Evaluate(guard);
        }

        // Heuristic, not a theorem. Drift is per √update, so √age would be the typical distance; age bounds it from above. Whatever moved
        // the largest value, or the value that drifts most, may move this one as well.
        double UpperBound(RitzPair pair) => pair.Age.Age > maxAge
            ? double.PositiveInfinity
            : pair.Value + (settings.DriftMargin * Math.Max(pair.Age.Drift, leastDrift) * pair.Age.Age * Scale);
    }

    /// <summary>
    /// How much Ritz value <paramref name="i"/> may be too low: what the predicted products would add to it, and, for the part of its residual r
    /// outside the subspace, r²/gap, at most r. The gap reaches to the last value of the block (Knyazev 2001) or, if guards are lazy and
    /// the block is wide, to the Rayleigh quotient assumed of residuals.
    /// </summary>
    private double Error(RitzResiduals residuals, int i)
    {
        var (value, residual) = (Projected.Evaluated.Values[i], residuals.OutsideNorms[i]);
        var gap = lazyGuards ? subspace.Gap(value) : value - Projected.Ritz.Values[count + guards - 1];
        return Math.Max(0, Projected.Ritz.Values[i] - value) + (gap > residual ? residual * residual / gap : residual);
    }

    /// <summary>
    /// Where the worst reported pair, and only that one, is not accurate enough, evaluates the Davidson correction: its residual divided by the gaps, component
    /// by component along predicted Ritz vectors, and as a whole outside the subspace (Davidson 1975).
    /// </summary>
    /// <returns>Whether there was an HVP.</returns>
    private bool Correct(RitzResiduals residuals, double[] errors)
    {
        var worst = Array.IndexOf(errors, errors.Max());
        var value = Projected.Evaluated.Values[worst];
        return errors[worst] > settings.CorrectionThreshold * Accepted
            && subspace.MatVec(
                InsideCorrection(residuals, worst, (pair, component) => component / Math.Max(value - pair.Value, Math.Abs(component))),
                residuals.Outside.narrow(0, worst, 1) / Scalar(Math.Max(subspace.Gap(value), residuals.OutsideNorms[worst])));
    }

    /// <summary>
    /// Where an evaluated Ritz pair that is not reported is far from any eigenvector, evaluates its residual. This finds an eigenvector that
    /// rises from below the block. Where guards are not lazy, this is done for the pair with the largest residual, reported or not.
    /// </summary>
    /// <returns>Whether there was an HVP.</returns>
    private bool Repair(RitzResiduals residuals)
    {
        var (first, least) = lazyGuards ? (count, settings.RepairThreshold * Scale) : (0, 0);
        var (worst, residual) = Enumerable.Range(0, Projected.MatVecs).Skip(first)
            .Select(i => (i, Norm: residuals.Norm(i))).DefaultIfEmpty().MaxBy(r => r.Norm);
        return residual > least
            && subspace.MatVec(InsideCorrection(residuals, worst, (_, component) => component), residuals.Outside.narrow(0, worst, 1));
    }

    /// <summary>The part of residual <paramref name="i"/> along predicted Ritz vectors, each component changed by <paramref name="change"/>.</summary>
    private Matrix InsideCorrection(RitzResiduals residuals, int i, Func<RitzPair, double, double> change)
    {
        var residual = residuals.Inside[i..(i + 1)];
        return Projected.Unevaluated.Aggregate(
            Zeros(1, Projected.Size),
            (sum, pair) => sum + change(pair, (residual * pair.Vector.Transpose())[0, 0]) * pair.Vector);
    }

    private Eigenpairs Report(RitzResiduals residuals, double[] errors)
    {
        var ritz = Projected.Evaluated;
        double[] values = [.. ritz.Values.Take(count)];
        double[] norms = [.. values.Select((_, i) => residuals.Norm(i))];
        var asymmetry = Math.Max(Projected.Asymmetry, before.ColdAsymmetry * Norm); // two directions may happen to agree
        return new Eigenpairs(
            values,
            subspace.Vectors(subspace.AlignSigns(ritz.Vectors[..count] * Projected.Directions)),
            norms,
            // The residual bounds the distance to an eigenvalue even where the estimate is larger.
            [.. errors.Select((error, i) => !(asymmetry > Accepted) && Math.Min(error, norms[i]) <= Accepted)],
            Projected.MatVecs)
        {
            Asymmetry = asymmetry,
            Norm = Norm,
        };
    }
}
