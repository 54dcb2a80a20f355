using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Curvature;

/// <summary>Hessian–vector products against Hessians that were computed without them.</summary>
public sealed class HessianTests
{
    public static TheoryData<string> Losses => ["mse", "cross_entropy"];

    [Theory, MemberData(nameof(Losses))]
    public void Products_equal_the_dense_Hessian_of_nested_autograd(string loss)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(loss == "mse" ? new SquaredError() : new CrossEntropy());
        using var derivatives = network.Objective().Evaluate(curvature: true);
        var dense = NestedAutograd(network);
        var vectors = randn([6, dense.shape[0]], dtype: ScalarType.Float64);

        TensorAssert.AssertClose(new HessianOperator(derivatives).Apply(vectors), vectors.mm(dense), 1e-10);
        TensorAssert.AssertClose(DenseMatrix.Of(new HessianOperator(derivatives)), dense, 1e-10);
    }

    [Fact]
    public void Products_equal_central_differences_of_the_gradient()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var objective = network.Objective();
        using var derivatives = objective.Evaluate(curvature: true);
        var direction = randn([objective.Dimension], dtype: ScalarType.Float64);
        var product = derivatives.Hvp(direction.unsqueeze(0)).squeeze(0);

        TensorAssert.AssertClose(product, CentralDifference(objective, direction, 1e-5, e => e.Gradient.clone()), 1e-7);
    }

    [Fact]
    public void Products_are_linear_and_symmetric()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var derivatives = network.Objective().Evaluate(curvature: true);
        var v = randn([3, derivatives.Gradient.shape[0]], dtype: ScalarType.Float64);
        var w = randn([3, derivatives.Gradient.shape[0]], dtype: ScalarType.Float64);
        var (hv, hw) = (derivatives.Hvp(v), derivatives.Hvp(w));

        TensorAssert.AssertClose(derivatives.Hvp(v * 2 - w * 3), hv * 2 - hw * 3, 1e-12);
        TensorAssert.AssertClose(hv.mm(w.t()), v.mm(hw.t()), 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(22)]
    public void Chunks_change_nothing_but_rounding(int chunk)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(new CrossEntropy());
        using var whole = network.Objective().Evaluate(curvature: true);
        using var parts = network.Objective(chunk).Evaluate(curvature: true);
        var v = randn([2, whole.Gradient.shape[0]], dtype: ScalarType.Float64);

        Assert.Equal(whole.Loss, parts.Loss, 1e-14);
        Assert.Equal(whole.Accuracy!.Value, parts.Accuracy!.Value, 1e-14);
        TensorAssert.AssertClose(parts.Gradient, whole.Gradient, 1e-13);
        TensorAssert.AssertClose(parts.Hvp(v), whole.Hvp(v), 1e-12);
        TensorAssert.AssertClose(parts.SharpnessGradient(v[0]), whole.SharpnessGradient(v[0]), 1e-11);
    }

    [Fact]
    public void The_gradient_of_the_curvature_equals_its_central_difference()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var objective = network.Objective();
        using var derivatives = objective.Evaluate(curvature: true);
        var u = randn([objective.Dimension], dtype: ScalarType.Float64);
        u /= u.norm();
        var direction = randn([objective.Dimension], dtype: ScalarType.Float64);
        var slope = derivatives.SharpnessGradient(u).dot(direction);

        var expected = CentralDifference(objective, direction, 1e-4, e => e.Hvp(u.unsqueeze(0)).squeeze(0).dot(u));
        TensorAssert.AssertClose(slope, expected, 1e-5);
    }

    [Fact]
    public void Piecewise_linear_networks_have_products_of_zero_where_there_is_no_curvature()
    {
        // The sum of a ReLU network's outputs is linear in its last layer: some gradients are constants without a graph.
        using var scope = NewDisposeScope();
        manual_seed(0);
        var module = nn.Sequential(nn.Linear(5, 4, dtype: ScalarType.Float64), nn.ReLU(), nn.Linear(4, 3, dtype: ScalarType.Float64));
        var x = randn([7, 5], dtype: ScalarType.Float64);
        var objective = new AutogradObjective(module.parameters(), () => new LossTerm(module.call(x).sum()));
        using var derivatives = objective.Evaluate(curvature: true);
        var basis = eye(objective.Dimension, dtype: ScalarType.Float64);
        var hessian = derivatives.Hvp(basis);

        Assert.Equal(0, hessian.diagonal().abs().sum().item<double>());
        Assert.True(hessian.abs().sum().item<double>() > 0, "layers still multiply each other");
    }

    [Fact]
    public void A_loss_that_is_linear_in_its_parameters_has_no_curvature()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(randn([4], dtype: ScalarType.Float64));
        var unused = nn.Parameter(randn([2], dtype: ScalarType.Float64));
        using var derivatives = new AutogradObjective([w, unused], () => new LossTerm(w.sum() * 3)).Evaluate(curvature: true);

        Assert.Equal([3, 3, 3, 3, 0, 0], derivatives.Gradient.data<double>().ToArray());
        Assert.Equal(0, derivatives.Hvp(ones([2, 6], dtype: ScalarType.Float64)).abs().sum().item<double>());
    }

    [Fact]
    public void A_dense_matrix_of_many_parameters_is_refused_before_it_is_allocated()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(zeros([100_000]));
        using var derivatives = new AutogradObjective([w], () => new LossTerm(w.square().sum())).Evaluate(curvature: true);

        Assert.Contains("100000", Assert.Throws<ArgumentException>(() => DenseMatrix.Of(new HessianOperator(derivatives))).Message, StringComparison.Ordinal);
    }

    private static Tensor NestedAutograd(SmallNetwork network)
    {
        var parameters = network.Module.parameters().ToArray();
        var loss = network.Loss.Sum(network.Module.call(network.Inputs), network.Targets) / 23;
        autograd.backward([loss], null, retain_graph: true, create_graph: true, inputs: parameters);
        var gradient = cat(parameters.Select(p => p.grad!.reshape(-1)).ToArray());
        return Rows(gradient, parameters);
    }

    /// <summary>The Jacobian, one backward pass for each component.</summary>
    private static Tensor Rows(Tensor vector, Tensor[] parameters) => stack(Enumerable.Range(0, (int)vector.shape[0]).Select(i =>
    {
        foreach (var p in parameters)
        {
            p.grad = null;
        }

        vector[i].backward(retain_graph: true);
        return cat(parameters.Select(p => (p.grad ?? zeros_like(p)).reshape(-1)).ToArray()).detach();
    }).ToArray());

    private static Tensor CentralDifference(IObjective objective, Tensor direction, double h, Func<IDerivatives, Tensor> quantity)
    {
        var point = objective.GetParameters();
        Tensor At(double distance)
        {
            objective.SetParameters(point + distance * direction);
            using var derivatives = objective.Evaluate(curvature: true);
            return quantity(derivatives);
        }

        var difference = (At(h) - At(-h)) / (2 * h);
        objective.SetParameters(point);
        return difference;
    }
}
