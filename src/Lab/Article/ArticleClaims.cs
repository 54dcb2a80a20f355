namespace LossSpikes.Lab.Article;

/// <summary>All claims of the article, measured.</summary>
internal static class ArticleClaims
{
    /// <summary>In the order of the figures; some ten seconds.</summary>
    public static IReadOnlyList<ArticleClaim> Measure(HamletSweep sweep) =>
    [
        QuadraticClaims.CriticalLearningRate(), QuadraticClaims.LargestEigenvalueDecides(), HamletClaims.SpikesBegin(sweep), HamletClaims.PastNinety(sweep),
        HamletClaims.SharpnessFallsBack(sweep), HamletClaims.ComesToRest(sweep), HamletClaims.DominantComponentFlips(sweep),
    ];
}
