using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Tests.Article;

public sealed class SharpnessGradientTests
{
    /// <summary>Along the article's Figure 7: far from, at and above the edge.</summary>
    [Fact]
    public void The_sharpness_gradient_is_the_central_difference_of_the_largest_eigenvalue()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        var path = BatchedDescent.Walk(law, PowerLaw.ArticleStart, [70], 750)[0];
        var slope = TrajectoryCurvature.Along(law, path, sharpnessGradient: true).SharpnessGradient!;
        for (var t = 0; t <= 750; t += 10)
        {
            var (c, alpha) = (path.Parameters[0][t], path.Parameters[1][t]);
            const double H = 1e-5;
            var byC = (PowerLawClosedForm.Sharpness(c + H, alpha) - PowerLawClosedForm.Sharpness(c - H, alpha)) / (2 * H);
            var byAlpha = (PowerLawClosedForm.Sharpness(c, alpha + H) - PowerLawClosedForm.Sharpness(c, alpha - H)) / (2 * H);
            var scale = 1e-7 * Math.Sqrt((byC * byC) + (byAlpha * byAlpha));
            Assert.InRange(slope[0][t], byC - scale, byC + scale);
            Assert.InRange(slope[1][t], byAlpha - scale, byAlpha + scale);
        }
    }

    [Fact]
    public void The_sharpness_gradient_is_left_out_by_default()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        Assert.Null(TrajectoryCurvature.Along(law, BatchedDescent.Walk(law, PowerLaw.ArticleStart, [1], 3)[0]).SharpnessGradient);
    }
}
