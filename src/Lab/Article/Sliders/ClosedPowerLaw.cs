using LossSpikes.Lab.Data;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Lab.Article.Sliders;

/// <summary>
/// The power law on Hamlet in closed form, in plain doubles: f(C, α) = 1/(2N) Σ_k (y_k − C k^α)². Autograd walks a hundred learning rates
/// in the time of one; a path from a start that a reader drags comes alone, and must be there with the next picture.
/// </summary>
internal sealed class ClosedPowerLaw
{
    private readonly double[] _logRanks, _frequencies;

    public ClosedPowerLaw()
    {
        var words = WordFrequencies.Hamlet();
        (_logRanks, _frequencies) = ([.. words.Ranks.Select(k => Math.Log(k))], [.. words.Frequencies]);
    }

    /// <summary>Loss, gradient and Hessian at a point.</summary>
    public PowerLawPoint At(double c, double alpha)
    {
        var (loss, gc, ga, hcc, hca, haa) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < _logRanks.Length; i++)
        {
            var (log, power) = (_logRanks[i], Math.Exp(alpha * _logRanks[i]));
            var (value, slope) = (c * power, c * power * log);
            var error = value - _frequencies[i];
            loss += error * error;
            gc += error * power;
            ga += error * slope;
            hcc += power * power;
            hca += power * slope + error * power * log;
            haa += slope * slope + error * slope * log;
        }

        var n = _logRanks.Length;
        return new(loss / (2 * n), gc / n, ga / n, hcc / n, hca / n, haa / n);
    }

    /// <summary>Gradient descent from a point, with the curvature at every iterate. Cost: <paramref name="steps"/> + 1 calls of <see cref="At"/>.</summary>
    public (Trajectory Walk, CurvatureTrace Curvature) Walk(double c, double alpha, double learningRate, int steps)
    {
        double[] Series() => new double[steps + 1];
        var walk = new Trajectory(learningRate, [Series(), Series()], Series());
        var trace = new CurvatureTrace([Series(), Series()], [[Series(), Series()], [Series(), Series()]], [Series(), Series()], Series(), null);
        for (var t = 0; t <= steps; t++)
        {
            var point = At(c, alpha);
            (walk.Parameters[0][t], walk.Parameters[1][t], walk.Loss[t], trace.GradientNorm[t]) = (c, alpha, point.Loss, point.GradientNorm);
            foreach (var (rank, (value, x, y)) in point.Eigenpairs.Index())
            {
                (trace.Eigenvalues[rank][t], trace.Vectors[rank][0][t], trace.Vectors[rank][1][t]) = (value, x, y);
                trace.GradientAlong[rank][t] = x * point.SlopeC + y * point.SlopeAlpha;
            }

            // A path ends as a whole: one parameter may overflow while the other continues.
            (c, alpha) = (c - learningRate * point.SlopeC, alpha - learningRate * point.SlopeAlpha);
            (c, alpha) = double.IsFinite(c) && double.IsFinite(alpha) ? (c, alpha) : (double.NaN, double.NaN);
        }

        for (var rank = 0; rank < trace.Vectors.Length; rank++)
        {
            SignContinuity.Apply(trace.Vectors[rank], trace.GradientAlong[rank]);
        }

        return (walk, trace);
    }
}
