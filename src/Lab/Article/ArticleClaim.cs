namespace LossSpikes.Lab.Article;

/// <summary>What became of a claim.</summary>
internal enum Verdict
{
    Confirmed,
    Partly,
    Contradicted,
}

/// <summary>A claim of the article, and the measurement that tests it.</summary>
/// <param name="Figure">The figure it belongs to.</param>
/// <param name="Claim">What is claimed, in words.</param>
/// <param name="Article">The article's number or statement.</param>
/// <param name="Measured">The numbers.</param>
/// <param name="Verdict">What follows from them.</param>
internal sealed record ArticleClaim(int Figure, string Claim, string Article, string Measured, Verdict Verdict);
