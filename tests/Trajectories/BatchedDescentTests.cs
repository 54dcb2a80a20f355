using LossSpikes.Lab.Data;
using LossSpikes.Lab.Objectives;
using LossSpikes.Lab.Trajectories;
using TorchSharp;

namespace LossSpikes.Tests.Trajectories;

public sealed class BatchedDescentTests
{
    [Fact]
    public void A_row_descends_as_it_would_alone()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        var together = BatchedDescent.Walk(law, PowerLaw.ArticleStart, [1, 30, 50], 200)[1];
        var alone = BatchedDescent.Walk(law, PowerLaw.ArticleStart, [30], 200)[0];
        Assert.Equal(30, together.LearningRate);
        Assert.All(together.Loss.Zip(alone.Loss), pair => Assert.Equal(pair.Second, pair.First, 1e-18));
    }

    [Fact]
    public void A_toy_starts_where_the_descent_starts()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        using var objective = new ToyObjective(law, PowerLaw.ArticleStart);
        using var derivatives = objective.Evaluate(curvature: false);
        Assert.Equal(2, objective.Dimension);
        Assert.Equal(torch.float64, objective.DataType);
        Assert.Equal(derivatives.Loss, BatchedDescent.Walk(law, PowerLaw.ArticleStart, [1], 0)[0].Loss[0]);
        Assert.Throws<ArgumentException>(() => new ToyObjective(law, 1, 2, 3));
    }

    [Fact]
    public void A_row_that_overflows_ends_in_NaN_and_leaves_the_others_alone()
    {
        using var quadratic = Quadratic.Random([1, 0.5], seed: 1);
        var paths = BatchedDescent.Walk(quadratic, [1, 1], [1e200, 0.1], 5);
        Assert.True(double.IsPositiveInfinity(paths[0].Loss[1]));
        Assert.All(paths[0].Parameters, series => Assert.All(series[2..], x => Assert.True(double.IsNaN(x))));
        Assert.All(paths[0].Loss[2..], x => Assert.True(double.IsNaN(x)));
        Assert.Equal(BatchedDescent.Walk(quadratic, [1, 1], [0.1], 5)[0].Loss, paths[1].Loss);

        var trace = TrajectoryCurvature.Along(quadratic, paths[0]);
        Assert.Equal(1, trace.Eigenvalues[0][0], 1e-15);
        Assert.True(double.IsNaN(trace.GradientAlong[0][5]));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var law = new PowerLaw(WordFrequencies.Hamlet());
        void Work() => TrajectoryCurvature.Along(law, BatchedDescent.Walk(law, PowerLaw.ArticleStart, [10, 20], 30)[0], sharpnessGradient: true);
        Work();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Work();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
