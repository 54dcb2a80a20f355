using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Autograd;

/// <summary>Calls that would end the process in <c>torch.autograd.grad</c> throw an exception instead and change nothing.</summary>
public sealed class DifferentiationTests
{
    [Fact]
    public void A_freed_graph_throws()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var loss = w.square().sum();
        loss.backward();
        var before = w.grad!.clone();

        Assert.Throws<DifferentiationException>(() => Differentiation.Differentiate([loss], [w], differentiable: true));
        Assert.Equal(before.data<float>().ToArray(), w.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Tensors_changed_in_place_throw()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        var hidden = w.exp();
        var loss = hidden.sum();
        hidden.mul_(2); // exp needs its own output for its derivative

        Assert.Throws<DifferentiationException>(() => Differentiation.Differentiate([loss], [w]));
    }

    [Fact]
    public void A_loss_that_is_no_scalar_throws_and_its_shape_is_named()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));

        Assert.Contains(
            "[3]", Assert.Throws<DifferentiationException>(() => Differentiation.Differentiate([w.square()], [w])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_of_another_shape_throw()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));

        Assert.Throws<DifferentiationException>(() => Differentiation.Differentiate([w.square()], [w], [ones(2)]));
        using var derivatives = new AutogradObjective([w], () => new LossTerm(w.square().sum())).Evaluate(curvature: true);
        Assert.Throws<ArgumentException>(() => derivatives.Hvp(ones(1, 4)));
        Assert.Throws<ArgumentException>(() => derivatives.Hvp(ones(3)));
    }

    [Fact]
    public void Operations_without_a_second_derivative_throw()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(randn(4, 3));
        var objective = new AutogradObjective([w], () => new LossTerm(cdist(w, w * 2 + 1).square().sum()));
        using var derivatives = objective.Evaluate(curvature: true);

        Assert.Throws<DifferentiationException>(() => derivatives.SharpnessGradient(ones(12)));
    }

    [Fact]
    public void Constants_and_unused_parameters_have_zero_derivatives()
    {
        using var scope = NewDisposeScope();
        var (w, unused) = (nn.Parameter(ones(3)), nn.Parameter(ones(2)));
        var derivatives = Differentiation.Differentiate([w.sum(), ones(1)], [w, unused]);

        Assert.Equal([1, 1, 1], derivatives[0].data<float>().ToArray());
        Assert.Equal([0, 0], derivatives[1].data<float>().ToArray());
    }

    [Fact]
    public void Gradients_of_the_caller_are_restored()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        (w * 5).sum().backward();
        using var derivatives = new AutogradObjective([w], () => new LossTerm(w.square().sum())).Evaluate(curvature: true);
        derivatives.Hvp(ones(1, 3));
        derivatives.SharpnessGradient(ones(3));

        Assert.Equal([5, 5, 5], w.grad!.data<float>().ToArray());
    }
}
