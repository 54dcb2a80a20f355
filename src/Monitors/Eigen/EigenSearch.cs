using static LossSpikes.Monitors.Eigen.SmallMatrix;
using static LossSpikes.Monitors.Tensors.KeepAlive;

namespace LossSpikes.Monitors.Eigen;

/// <summary>Decides in which directions of a <see cref="PredictedSubspace"/> products are made, until the reported pairs are good enough.</summary>
/// <param name="subspace">What is known at first.</param>
/// <param name="count">How many pairs are reported.</param>
/// <param name="block">With the guards.</param>
/// <param name="tolerance">Error of a value, relative to the largest.</param>
/// <param name="resting">Whether guards are looked at only where they might matter.</param>
/// <param name="predicted">Whether the matrix belongs to a point, so that predictions are worth anything.</param>
/// <param name="before">The largest value at the last update.</param>
internal sealed class EigenSearch(PredictedSubspace subspace, int count, int block, double tolerance, bool resting, bool predicted, double before)
{
    private const int MostProducts = 40;

    // What a value is taken to, as a share of the tolerance: the error of its vector is carried into the next start.
    private const double Strictness = 0.35;

    // Updates after which a guard is looked at again, whatever is predicted of it, where one pair is reported. Where more are,
    // guards are nearer to the last.
    private const double Oldest = 12;

    // A guard with a larger residual, as a share of the largest value, is no longer near an eigenvector.
    private const double Lost = 0.1;

    // Of the fastest drift that was seen of a vector, what is kept from one look to the next.
    private const double DriftKept = 0.8;

    // How fast, of the fastest drift in the block, a guard may become that stood still; and how much faster it may be.
    private const double Waking = 0.5, Margin = 1.25;

    private readonly SubspaceModel _model = subspace.Model;

    private double Scale => Math.Abs(_model.Seen.Values[0]);

    /// <summary>Looks.</summary>
    /// <returns>The residuals of everything that was seen, and of the reported pairs by how much their values may be too low.</returns>
    public (SeenResiduals Residuals, double[] Errors) Run()
    {
        for (var i = 0; i < count; i++)
        {
            Look(_model.Unseen[0]);
        }

        for (var repaired = false; ;)
        {
            LookAtGuards();
            var residuals = subspace.Residuals();
            double[] errors = [.. Enumerable.Range(0, count).Select(i => Error(residuals, i))];
            if (_model.Looks < MostProducts && Correct(residuals, errors))
            {
                continue;
            }

            if (_model.Looks >= MostProducts || repaired || !Repair(residuals))
            {
                return (residuals, errors);
            }

            repaired = true;
        }
    }

    /// <summary>Makes the product with a vector that was predicted, and remembers how far off the prediction was.</summary>
    private void Look(PredictedPair pair)
    {
        var way = Math.Sqrt(Math.Max(pair.Sighting.Age, 1));
        subspace.Look(pair.Vector, drift: value => Math.Max(Math.Abs(value - pair.Value) / (way * Math.Abs(value)), DriftKept * pair.Sighting.Drift));
    }

    /// <summary>Looks at the guards that might be on top, and at those that have not been seen for long.</summary>
    private void LookAtGuards()
    {
        var oldest = resting && predicted ? Oldest / count : 0;
        // Whatever moves the largest value may move the others as far.
        var waking = Math.Max(
            Waking * _model.SightingsOf(Identity(_model.Size)).Max(sighting => sighting.Drift),
            Math.Abs(_model.Seen.Values[0] - before) / Scale);
        while (_model.Unseen.Count > 0 && _model.Unseen.MaxBy(Highest) is { } guard && Highest(guard) > _model.Seen.Values[count - 1])
        {
            Look(guard);
        }

        double Highest(PredictedPair pair) => pair.Sighting.Age > oldest
            ? double.PositiveInfinity
            : pair.Value + (Margin * Math.Max(pair.Sighting.Drift, waking) * pair.Sighting.Age * Scale);
    }

    /// <summary>
    /// By how much the Ritz value of reported pair <paramref name="i"/> may be too low: by what the predicted products would add to it,
    /// and, for what of its residual lies outside, by r²/gap, never more than r. The gap reaches past the block (Knyazev 2001): to its last
    /// value, or, where the block is as wide as it is with guards that rest, to where residuals point.
    /// </summary>
    private double Error(SeenResiduals residuals, int i)
    {
        var (value, residual) = (_model.Seen.Values[i], residuals.Lengths[i]);
        var gap = resting ? subspace.Gap(value) : value - _model.Ritz.Values[block - 1];
        return Math.Max(0, _model.Ritz.Values[i] - value) + (gap > residual ? residual * residual / gap : residual);
    }

    /// <summary>
    /// Where a reported pair is not good enough, looks in the direction that turns it towards its eigenvector: its residual divided
    /// by the gaps to where it points (Davidson 1975).
    /// </summary>
    private bool Correct(SeenResiduals residuals, double[] errors)
    {
        var worst = Array.IndexOf(errors, errors.Max());
        var value = _model.Seen.Values[worst];
        return errors[worst] > Strictness * tolerance * Scale
            && subspace.Look(
                Along(residuals, worst, (pair, share) => share / Math.Max(value - pair.Value, Math.Abs(share))),
                residuals.Outside.narrow(0, worst, 1) / Scalar(Math.Max(subspace.Gap(value), residuals.Lengths[worst])));
    }

    /// <summary>
    /// Where a vector beside the reported ones was seen far from any eigenvector, looks along its residual: so what rises from below
    /// is met. Where guards never rest, this is done for whatever vector is the furthest.
    /// </summary>
    private bool Repair(SeenResiduals residuals)
    {
        var (first, least) = resting ? (count, Lost * Scale) : (0, 0);
        var (worst, residual) = Enumerable.Range(0, _model.Looks).Skip(first).Select(i => (i, residuals.Norm(i))).DefaultIfEmpty().MaxBy(r => r.Item2);
        return residual > least && subspace.Look(Along(residuals, worst, (_, share) => share), residuals.Outside.narrow(0, worst, 1));
    }

    /// <summary>What of residual <paramref name="i"/> lies along predicted vectors, each share changed by <paramref name="factor"/>.</summary>
    private double[,] Along(SeenResiduals residuals, int i, Func<PredictedPair, double, double> factor)
    {
        var residual = Rows(residuals.Inside, i, 1);
        return _model.Unseen.Aggregate(
            new double[1, _model.Size],
            (sum, pair) => Sum(sum, pair.Vector, factor(pair, Product(residual, Transposed(pair.Vector))[0, 0])));
    }
}
