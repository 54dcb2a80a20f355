using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using static System.FormattableString;

namespace LossSpikes.Lab.Article;

/// <summary>The article's claims about quadratics, measured by walking them.</summary>
internal static class QuadraticClaims
{
    private const int Steps = 400;
    private const double BesideTheEdge = 0.01, Agreement = 1e-3;

    /// <summary>η_crit = 2/S in one dimension.</summary>
    public static ArticleClaim CriticalLearningRate()
    {
        double[] sharpnesses = [0.2, 1, 2, 4];
        var found = sharpnesses.Select(s =>
        {
            using var parabola = Quadratic.OneDimensional(s);
            return LargestConverging(parabola, [2.5], 1 / s, 4 / s);
        }).ToArray();
        var worst = sharpnesses.Zip(found, (s, eta) => Math.Abs(eta * s / 2 - 1)).Max();
        return new ArticleClaim(2, "gradient descent on S x²/2 converges up to a critical learning rate", "2/S",
            $"largest converging η for S = {string.Join(", ", sharpnesses.Select(s => Invariant($"{s}")))}: "
                + $"{string.Join(", ", found.Select(e => Invariant($"{e:F4}")))}; worst deviation from 2/S {NumberText.Rounded(worst, 2)}",
            worst < Agreement ? Verdict.Confirmed : Verdict.Contradicted);
    }

    /// <summary>Convergence exactly for η &lt; 2/λ_max in d dimensions.</summary>
    public static ArticleClaim LargestEigenvalueDecides()
    {
        var (agreeing, all) = (0, 0);
        foreach (var dimension in (int[])[2, 10, 50])
        {
            for (var seed = 0; seed < 10; seed++)
            {
                var random = new Random(seed);
                double[] spectrum = [.. Enumerable.Range(0, dimension).Select(_ => 0.05 + 4 * random.NextDouble())];
                using var quadratic = Quadratic.Random(spectrum, seed);
                double[] start = [.. spectrum.Select(_ => random.NextDouble() - 0.5)];
                var edge = 2 / spectrum.Max();
                var walks = BatchedDescent.Walk(quadratic, start, [edge * (1 - BesideTheEdge), edge * (1 + BesideTheEdge)], 5 * Steps);
                agreeing += (Shrinks(walks[0]) ? 1 : 0) + (Shrinks(walks[1]) ? 0 : 1);
                all += 2;
            }
        }

        return new ArticleClaim(4, "in d dimensions gradient descent converges exactly while η is below a bound set by the largest eigenvalue λ", "η < 2/λ",
            Invariant($"{agreeing} of {all} runs agree, 1 % below and 1 % above the bound, on 30 random spectra with d = 2, 10 and 50"),
            agreeing == all ? Verdict.Confirmed : Verdict.Contradicted);
    }

    /// <summary>Narrows down, a hundred learning rates at a time, where convergence ends.</summary>
    private static double LargestConverging(IBatchedFunction formula, double[] start, double low, double high)
    {
        while (high - low > 1e-6 * high)
        {
            double[] rates = [.. Enumerable.Range(0, 101).Select(i => low + (high - low) * i / 100)];
            var walks = BatchedDescent.Walk(formula, start, rates, Steps);
            var last = Array.FindLastIndex(walks, Shrinks);
            (low, high) = (rates[Math.Max(last, 0)], rates[Math.Min(last + 1, 100)]);
        }

        return (low + high) / 2;
    }

    /// <summary>Whether the loss at the end is below that at half time: the slowest part decides.</summary>
    private static bool Shrinks(Trajectory walk) => walk.Loss[^1] < walk.Loss[walk.Loss.Length / 2] || walk.Loss[^1] == 0;
}
