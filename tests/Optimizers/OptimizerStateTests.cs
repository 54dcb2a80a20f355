using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Optimizers;

/// <summary>The state of optimizers, written to a checkpoint and read back.</summary>
public sealed class OptimizerStateTests
{
    [Fact]
    public void Tensors_keep_their_names_in_a_checkpoint()
    {
        using var scope = NewDisposeScope();
        var state = new OptimizerState { FirstMoment = zeros(2), SecondMoment = ones(2), Others = new Dictionary<string, Tensor> { ["largest"] = ones(3) } };
        var tensors = state.ToTensors();
        var again = OptimizerState.FromTensors(tensors);

        Assert.Equal(["first_moment", "largest", "second_moment"], tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Same(state.FirstMoment, again.FirstMoment);
        Assert.Same(state.SecondMoment, again.SecondMoment);
        Assert.Same(state.Others["largest"], Assert.Single(again.Others).Value);
        Assert.Empty(OptimizerState.Empty.ToTensors());
    }

    [Fact]
    public void The_buffer_of_momentum_is_the_first_moment()
    {
        using var scope = NewDisposeScope();
        var (point, gradient) = (tensor([1.0, 2]), tensor([3.0, -4]));
        OptimizerSettings[] kinds =
        [
            new MomentumSettings { LearningRate = 0.1 },
            new EmaMomentumSettings { LearningRate = 0.1 },
            new AdamSettings { LearningRate = 0.1, Beta1 = 0 },
        ];
        Assert.All(kinds, kind =>
        {
            using var optimizer = kind.Create();
            optimizer.Next(0, point, gradient);
            Assert.Equal([3.0, -4], optimizer.State.FirstMoment!.data<double>().ToArray());
        });
    }

    [Fact]
    public void A_rule_may_remember_more_than_moments()
    {
        using var scope = NewDisposeScope();
        using var first = new AdaGrad(new GradientDescentSettings { LearningRate = 0.1 });
        using var second = new AdaGrad(new GradientDescentSettings { LearningRate = 0.1 });
        var (point, gradient) = (tensor([1.0, 2]), tensor([3.0, -4]));
        first.Next(0, point, gradient);
        second.Restore(OptimizerState.FromTensors(first.State.ToTensors()));

        Assert.Equal([9.0, 16], second.State.Others["sum"].data<double>().ToArray());
        Assert.Equal(first.Next(1, point, gradient).Point.data<double>().ToArray(), second.Next(1, point, gradient).Point.data<double>().ToArray());
    }

    private sealed class AdaGrad(OptimizerSettings settings) : Descent(settings)
    {
        protected override (Tensor Direction, Tensor? Preconditioner) Direction(long step, Tensor gradient)
        {
            var preconditioner = Preconditioner.RmsProp(Remembered("sum", gradient).addcmul_(gradient, gradient, 1));
            return (gradient / preconditioner, preconditioner);
        }
    }
}
