using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>Shares, blocks and norms layer by layer against the dense Hessian.</summary>
public sealed class LayerCurvatureTests
{
    [Fact]
    public void Layers_of_a_network_are_those_of_its_dense_Hessian()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var seen = Observe(network.Objective(), [], StabilityThreshold.GradientDescent(0.1), out var hessian, out var gradient);

        AssertLayers(seen, hessian, hessian, gradient, ("0", Range(0, 24)), ("2", Range(24, 15)));
        Assert.Equal(0.1 * seen.Further["layer_gradient.0"], seen.Further["layer_update.0"], 1e-12);
    }

    [Fact]
    public void Patterns_name_groups_that_lie_apart_and_leave_the_others()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var seen = Observe(network.Objective(), ["*.bias"], StabilityThreshold.GradientDescent(0.1), out var hessian, out var gradient);

        AssertLayers(seen, hessian, hessian, gradient, ("others", [.. Range(0, 20), .. Range(24, 12)]), ("*.bias", [.. Range(20, 4), .. Range(36, 3)]));
    }

    [Fact]
    public void A_preconditioned_block_compares_with_the_threshold_and_shares_are_those_of_the_movement()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        var preconditioner = rand([39], dtype: ScalarType.Float64) + 0.1;
        var edge = new StabilityEdge(StabilityThreshold.Adam(0.1)) { Preconditioner = preconditioner };
        var seen = Observe(network.Objective(), [], edge, out var hessian, out var gradient);
        var roots = preconditioner.sqrt();
        var matrix = hessian / (roots.unsqueeze(0) * roots.unsqueeze(1));

        // The eigenvectors of P⁻¹H, by the unsymmetric solver.
        AssertLayers(seen, matrix, hessian / preconditioner.unsqueeze(1), gradient, ("0", Range(0, 24)), ("2", Range(24, 15)));
    }

    [Fact]
    public void A_toy_has_a_layer_for_each_number()
    {
        using var scope = NewDisposeScope();
        using var toy = new ToyObjective(Quadratic.Rotated(3, 1, 30), 1.0, 1.0) { OwnsFormula = true };
        var seen = Observe(toy, [], StabilityThreshold.GradientDescent(0.1), out _, out _);

        Assert.Equal(0.75, seen.Further["layer_share_1.0"], 1e-9);
        Assert.Equal(0.25, seen.Further["layer_share_1.1"], 1e-9);
        Assert.Equal(2.5, seen.Further["layer_sharpness.0"], 1e-9);
        Assert.Equal(1.5, seen.Further["layer_sharpness.1"], 1e-9);
    }

    [Fact]
    public void A_pattern_without_a_parameter_is_named()
    {
        using var network = new SmallNetwork();
        var refusal = Assert.Throws<ArgumentException>(
            () => new CurvatureMonitor(network.Objective(), new MonitorOptions { Layers = ["0.*", "1.*"] }));

        Assert.Equal("no parameter is left for the pattern 1.*; the parameters are 0.weight, 0.bias, 2.weight, 2.bias", refusal.Message);
    }

    [Fact]
    public void A_spike_says_in_which_layer_it_began()
    {
        // Along the first axis the threshold is exceeded, along the second it is not.
        using var scope = NewDisposeScope();
        using var toy = new ToyObjective(Quadratic.Rotated(3, 1, 0), 1e-3, 1.0) { OwnsFormula = true };
        SpikeEvent? spike = null;
        using var monitor = new CurvatureMonitor(toy, new MonitorOptions { Eigenvalues = 1, Layers = [] });
        monitor.Spiked += s => spike = s;
        for (var step = 0; step < 60; step++)
        {
            var rate = step < 30 ? 0.7 : 0.1;
            using var derivatives = toy.Evaluate(curvature: true);
            monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(rate), -rate * derivatives.Gradient);
            toy.SetParameters(toy.GetParameters() - rate * derivatives.Gradient);
        }

        monitor.Finish();
        var layers = Assert.IsType<LayerEvidence>(spike!.Layers);
        Assert.Equal((spike.FirstStepAboveThreshold, true), (layers.Step, layers.AboveThreshold));
        Assert.Equal(["0", "1"], layers.Layers.Select(l => l.Name));
        Assert.Equal((1.0, 3.0), (Math.Round(layers.Layers[0].Share, 9), Math.Round(layers.Layers[0].Sharpness!.Value, 9)));
        Assert.Contains(
            "at step 0, the first above the threshold, 100 % of v₁ was in 0, and the block of 0 alone exceeded the threshold by 5.0 %", spike.Describe());
        Assert.Equivalent(layers, Assert.IsType<SpikeEvent>(RecordJson.Read(RecordJson.Write(spike))).Layers);
    }

    private static void AssertLayers(
        Measurement seen, Tensor matrix, Tensor unsymmetric, Tensor gradient, params (string Name, long[] Components)[] layers)
    {
        var (values, columns) = linalg.eig(unsymmetric);
        var order = values.real.argsort(descending: true);
        for (var rank = 0; rank < 2; rank++)
        {
            var vector = columns.real.index_select(1, order[rank].unsqueeze(0)).flatten();
            vector /= vector.norm();
            foreach (var (name, components) in layers)
            {
                var part = vector.index_select(0, tensor(components));
                Assert.Equal(part.dot(part).item<double>(), seen.Further[$"layer_share_{rank + 1}.{name}"], 1e-6);
            }

            Assert.Equal(1, layers.Sum(l => seen.Further[$"layer_share_{rank + 1}.{l.Name}"]), 1e-12);
        }

        foreach (var (name, components) in layers)
        {
            var at = tensor(components);
            var block = matrix.index_select(0, at).index_select(1, at);
            Assert.Equal(linalg.eigvalsh(block).max().item<double>(), seen.Further[$"layer_sharpness.{name}"], 1e-6);
            Assert.Equal(gradient.index_select(0, at).norm().item<double>(), seen.Further[$"layer_gradient.{name}"], 1e-12);
        }
    }

    private static Measurement Observe(
        IObjective objective, IReadOnlyList<string> patterns, StabilityEdge edge, out Tensor hessian, out Tensor gradient)
    {
        using var monitor = new CurvatureMonitor(objective, new MonitorOptions { Layers = patterns, Tolerance = 1e-10 });
        using var derivatives = objective.Evaluate(curvature: true);
        (hessian, gradient) = (DenseMatrix.Of(new HessianOperator(derivatives)), derivatives.Gradient.clone());
        return monitor.Observe(0, derivatives, edge, -0.1 * gradient);
    }

    private static long[] Range(int start, int count) => [.. Enumerable.Range(start, count).Select(i => (long)i)];
}
