using LossSpikes.Lab;
using LossSpikes.Lab.Data;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Distributed;

/// <summary>Losses and derivatives in chunks, against those of all examples at once.</summary>
public sealed class ShardedObjectiveTests
{
    private const int Examples = 61; // no multiple of the chunks

    [Theory]
    [InlineData(2, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    public void Chunks_give_the_derivatives_of_the_whole(int chunks, int ranks)
    {
        using var scope = NewDisposeScope();
        using var whole = Create();
        Assert.All(Sharded(chunks, ranks, objective => Facts(objective)), facts => AssertClose(Facts(whole), facts));
    }

    [Fact]
    public void Batches_are_shared_too_and_may_have_fewer_examples_than_chunks()
    {
        using var scope = NewDisposeScope();
        using var whole = Create();
        foreach (long[] batch in (long[][])[[5], [60, 3, 3, 17, 20], [.. Enumerable.Range(0, 40).Select(i => (long)i)]])
        {
            using var expected = whole.Over(batch);
            Assert.All(
                Sharded(8, 4, objective =>
                {
                    using var mean = objective.Over(batch);
                    return Facts(mean);
                }),
                facts => AssertClose(Facts(expected), facts));
        }
    }

    [Fact]
    public void Ranks_get_the_same_bytes_whatever_their_number()
    {
        using var scope = NewDisposeScope();
        var alone = Sharded(8, 1, objective => Facts(objective), Precision.Float32).Single();
        foreach (var ranks in (int[])[2, 4, 8])
        {
            Assert.All(Sharded(8, ranks, objective => Facts(objective), Precision.Float32), facts => Assert.Equal(alone, facts));
        }
    }

    [Theory]
    [InlineData(12, 1, "a power of two")]
    [InlineData(4, 8, "8 ranks, and each needs a chunk")]
    [InlineData(64, 1, "61 examples, and each chunk needs one")]
    public void Numbers_of_chunks_that_do_not_fit_are_refused(int chunks, int ranks, string sentence)
    {
        var messages = Ring.Run(ranks, world => Assert.Throws<InputException>(() => ShardedObjective.Of(Create(), chunks, world)).Message);

        Assert.All(messages, m => Assert.Contains(sentence, m, StringComparison.Ordinal));
    }

    private static readonly Lock Random = new();

    private static NetworkObjective Create(Precision precision = Precision.Float64)
    {
        lock (Random)
        {
            manual_seed(4);
            var model = new MlpSettings { Hidden = [5], Activation = Activation.Tanh };
            return new NetworkObjective(
                new DigitsSettings { Examples = Examples }.Load(), model, LossFunction.CrossEntropy, 8192, precision.ToScalarType(), CPU);
        }
    }

    private static T[] Sharded<T>(int chunks, int ranks, Func<IFiniteSum, T> look, Precision precision = Precision.Float64) => Ring.Run(ranks, world =>
    {
        using var scope = NewDisposeScope();
        using var objective = ShardedObjective.Of(Create(precision), chunks, world);
        return look(objective);
    });

    /// <summary>Loss, accuracy, gradient, two products and the gradient of a curvature, as one list of numbers.</summary>
    private static double[] Facts(IObjective objective)
    {
        using var scope = NewDisposeScope();
        var d = objective.Dimension;
        var vectors = linspace(-1, 1, 2 * d, objective.DataType).reshape(2, d);
        using var derivatives = objective.Evaluate(curvature: true);
        return
        [
            derivatives.Loss, objective.EvaluateLoss(), derivatives.Accuracy!.Value,
            .. Numbers(derivatives.Gradient), .. Numbers(derivatives.Hvp(vectors)), .. Numbers(derivatives.SharpnessGradient(vectors[1])),
        ];
    }

    private static double[] Numbers(Tensor tensor) => [.. tensor.to(ScalarType.Float64).reshape(-1).data<double>()];

    private static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * scale));
    }
}
