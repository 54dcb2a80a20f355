using LossSpikes.Lab.Article.Sliders;
namespace LossSpikes.Lab.Article;

/// <summary>All claims of the article, measured.</summary>
internal static class ArticleClaims
{
    /// <summary>In the order of the figures; some ten seconds.</summary>
    /// <param name="sweep">The runs on Hamlet.</param>
    /// <param name="stop">Gives up before the next claim.</param>
    public static IReadOnlyList<ArticleClaim> Measure(HamletSweep sweep, CancellationToken stop = default)
    {
        Func<ArticleClaim>[] measures =
        [
            QuadraticClaims.CriticalLearningRate, QuadraticClaims.LargestEigenvalueDecides, () => HamletClaims.SpikesBegin(sweep), () => HamletClaims.PastNinety(sweep),
            () => HamletClaims.SharpnessFallsBack(sweep), () => HamletClaims.ComesToRest(sweep), () => HamletClaims.DominantComponentFlips(sweep),
        ];
        return
        [
            .. measures.Select(measure =>
            {
                stop.ThrowIfCancellationRequested();
                return measure();
            }),
        ];
    }
}
