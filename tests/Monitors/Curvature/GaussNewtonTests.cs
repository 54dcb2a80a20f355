using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Curvature;

/// <summary>Products with the Gauss–Newton matrix against JᵀL″J from the Jacobian, row by row, and L″ written out.</summary>
public sealed class GaussNewtonTests
{
    public static TheoryData<string, bool, int> Cases => new()
    {
        { "mse", true, 8192 },
        { "mse", false, 8192 },
        { "mse", true, 7 },
        { "cross_entropy", true, 8192 },
        { "cross_entropy", false, 7 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Products_equal_those_of_the_dense_matrix(string loss, bool layers, int chunk)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(loss == "mse" ? new SquaredError() : new CrossEntropy());
        var objective = layers ? network.Objective(chunk) : network.Batch(chunk).PlainObjective();
        using var derivatives = objective.Evaluate(curvature: true);
        var dense = Dense(network);

        TensorAssert.AssertClose(DenseMatrix.Of(new GaussNewtonOperator(derivatives)), dense, 1e-11);

        // And a product leaves the next HVP as it was.
        using var untouched = objective.Evaluate(curvature: true);
        var vectors = randn([2, dense.shape[0]], dtype: ScalarType.Float64);
        Assert.Equal(untouched.Hvp(vectors).data<double>().ToArray(), derivatives.Hvp(vectors).data<double>().ToArray());
    }

    [Fact]
    public void Layers_and_autograd_agree_on_convolutions_and_batch_normalization()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(module: nn.Sequential(
            nn.Unflatten(1, [1, 5]),
            nn.Unflatten(2, [1, 5]),
            nn.Conv2d(1, 2, (1L, 2L), dtype: ScalarType.Float64),
            nn.BatchNorm2d(2, dtype: ScalarType.Float64),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(8, 3, dtype: ScalarType.Float64)));
        using var derivatives = network.Objective().Evaluate(curvature: true);

        TensorAssert.AssertClose(DenseMatrix.Of(new GaussNewtonOperator(derivatives)), Dense(network), 1e-11);
    }

    [Fact]
    public void A_linear_model_has_no_rest()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork(module: nn.Sequential(nn.Linear(5, 3, dtype: ScalarType.Float64)));
        using var derivatives = network.Objective().Evaluate(curvature: true);

        TensorAssert.AssertClose(
            DenseMatrix.Of(new GaussNewtonOperator(derivatives)), DenseMatrix.Of(new HessianOperator(derivatives)), 1e-13);
    }

    [Fact]
    public void Both_parts_sum_to_the_eigenvalue_of_a_preconditioned_matrix()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var derivatives = network.Objective().Evaluate(curvature: true);
        var preconditioner = rand([39], dtype: ScalarType.Float64) + 0.1;
        var edge = new StabilityEdge(StabilityThreshold.Adam(0.1)) { Preconditioner = preconditioner };
        var matrix = DenseMatrix.Of(edge.Matrix(new HessianOperator(derivatives)));
        var (values, columns) = linalg.eigh(matrix);
        var vectors = columns.t()[TensorIndex.Slice(-3)];
        var scaled = Dense(network) / (preconditioner.sqrt().unsqueeze(0) * preconditioner.sqrt().unsqueeze(1));

        var (gauss, rest) = GaussNewtonSplit.Along(edge.Eigenvectors(edge.Directions(vectors)), derivatives, edge);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(values[36 + i].item<double>(), gauss[i] + rest[i], 1e-11);
            Assert.Equal(vectors[i].dot(scaled.mv(vectors[i])).item<double>(), gauss[i], 1e-11);
        }
    }

    [Fact]
    public void An_objective_that_is_no_network_refuses()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyObjective(Quadratic.OneDimensional(2), 1.0) { OwnsFormula = true };
        using var derivatives = toy.Evaluate(curvature: true);

        var refusal = Assert.Throws<DifferentiationException>(() => derivatives.GaussNewton(ones([1, 1], dtype: ScalarType.Float64)));

        Assert.Contains("a loss on the outputs of a network", refusal.Message);
    }

    private static Tensor Dense(SmallNetwork network) => DenseGaussNewton.Of(network.Module, network.Inputs, network.Loss is CrossEntropy);
}
