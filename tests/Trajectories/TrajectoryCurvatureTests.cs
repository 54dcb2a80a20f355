using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;

namespace LossSpikes.Tests.Trajectories;

public sealed class TrajectoryCurvatureTests
{
    /// <summary>The path is long enough for several blocks of points.</summary>
    [Fact]
    public void Eigenvectors_keep_their_sign_across_steps()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        foreach (var path in BatchedDescent.Walk(law, PowerLaw.ArticleStart, [70, 100], 1500))
        {
            foreach (var vectors in TrajectoryCurvature.Along(law, path).Vectors)
            {
                Assert.True(vectors.Select(v => v[0]).MaxBy(Math.Abs) > 0);
                for (var t = 1; t <= 1500; t++)
                {
                    Assert.Equal(1, (vectors[0][t] * vectors[0][t]) + (vectors[1][t] * vectors[1][t]), 1e-14);
                    Assert.True((vectors[0][t] * vectors[0][t - 1]) + (vectors[1][t] * vectors[1][t - 1]) > 0);
                }
            }
        }
    }

    [Fact]
    public void A_step_that_overflows_is_NaN_in_three_dimensions_too()
    {
        using var quadratic = Quadratic.Random([1, 0.5, 0.2], seed: 1);
        var trace = TrajectoryCurvature.Along(quadratic, BatchedDescent.Walk(quadratic, [1, 1, 1], [1e200], 4)[0], pairs: 3);
        Assert.Equal([1, 0.5, 0.2], trace.Eigenvalues.Select(series => Math.Round(series[0], 12)));
        Assert.All(trace.GradientAlong, series => Assert.True(double.IsNaN(series[4])));
    }
}
