using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Spectra;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Spectra;

/// <summary>Density, trace and signs against dense Hessians.</summary>
public sealed class SpectrumTests
{
    [Fact]
    public void A_rule_of_m_nodes_has_the_first_2m_moments_of_its_vector()
    {
        using var scope = NewDisposeScope();
        var hessian = Hessian();
        const int Nodes = 4;
        var probe = Assert.Single(SpectralQuadrature.Estimate(new DenseOperator(hessian), vectors: 1, Nodes, seed: 3).Probes);
        using var generator = new Generator(3);
        var vector = randn([hessian.shape[0]], dtype: ScalarType.Float64, generator: generator);
        var unit = vector / vector.norm();

        Assert.Equal(Nodes, probe.Count);
        var power = unit;
        for (var k = 0; k < 2 * Nodes; k++, power = hessian.mv(power))
        {
            var moment = unit.dot(power).item<double>();
            var scale = probe.Sum(v => v.Weight * Math.Pow(Math.Abs(v.Value), k));
            Assert.Equal(moment, probe.Sum(v => v.Weight * Math.Pow(v.Value, k)), 1e-11 * scale);
        }
    }

    [Fact]
    public void The_estimated_density_approaches_that_of_the_dense_Hessian()
    {
        using var scope = NewDisposeScope();
        var hessian = Hessian();
        double[] values = [.. linalg.eigvalsh(hessian).data<double>()];
        var width = 0.05 * (values[^1] - values[0]);
        double[] grid = [.. Enumerable.Range(0, 400).Select(i => values[0] - 4 * width + i * (values[^1] - values[0] + 8 * width) / 399)];
        double[] truth = [.. grid.Select(at => values.Average(v => Math.Exp(-(at - v) * (at - v) / (2 * width * width))) / (width * Math.Sqrt(2 * Math.PI)))];
        double Distance(int vectors)
        {
            var estimate = SpectralQuadrature.Estimate(new DenseOperator(hessian), vectors, 30, seed: 0);
            return grid.Zip(truth, (at, density) => Math.Abs(estimate.Density(at, width) - density)).Sum() * (grid[1] - grid[0]);
        }

        Assert.True(Distance(400) < 0.03, $"L1 distance {Distance(400)}");
        Assert.True(Distance(400) < Distance(4) / 3);
    }

    [Fact]
    public void An_invariant_space_ends_the_steps()
    {
        using var scope = NewDisposeScope();
        var matrix = diag(tensor(new[] { 2.0, 2, 2, -1, -1 }));
        var measure = SpectralQuadrature.Estimate(new DenseOperator(matrix), vectors: 3, steps: 5, seed: 0);

        Assert.Equal(6, measure.Products);
        Assert.All(measure.Probes, probe => Assert.Equal([2, -1], probe.Select(v => Math.Round(v.Value, 12))));
        Assert.All(measure.Probes, probe => Assert.Equal(1, probe.Sum(v => v.Weight), 1e-12));
    }

    [Fact]
    public void Signs_are_counted_where_every_eigenvalue_is_known()
    {
        using var scope = NewDisposeScope();
        var (axes, _) = linalg.qr(randn([7, 7], dtype: ScalarType.Float64));
        var matrix = (axes * tensor(new[] { 5.0, 1, 1e-3, 0, 0, -1e-3, -2 })).mm(axes.t());
        var spectrum = DenseSpectrum.Of(new DenseOperator(matrix));

        Assert.Equal((2, 3), (spectrum.Negative, spectrum.Positive));
        Assert.Equal(4, spectrum.Trace, 1e-12);
        Assert.Equal((2 / 7.0, 0.0), spectrum.Measure.ShareBelow(-1e-9));
    }

    [Fact]
    public void The_interval_of_the_trace_covers_it_for_at_least_93_of_100_seeds()
    {
        using var scope = NewDisposeScope();
        var hessian = Digits(hidden: 4);
        var truth = hessian.trace().item<double>();
        var estimates = Enumerable.Range(0, 100).Select(seed => TraceEstimate.HutchPlusPlus(new DenseOperator(hessian), 90, seed)).ToList();

        Assert.InRange(estimates.Count(e => Math.Abs(e.Value - truth) <= e.Error), 93, 100);
        Assert.All(estimates, e => Assert.Equal(90, e.Products));
        Assert.All(estimates, e => Assert.InRange(e.Error, double.Epsilon, 0.1 * truth));
    }

    [Fact]
    public void The_trace_of_few_parameters_is_exact()
    {
        using var scope = NewDisposeScope();
        var hessian = Hessian();
        var estimate = TraceEstimate.HutchPlusPlus(new DenseOperator(hessian), 90, seed: 0);

        Assert.Equal(hessian.trace().item<double>(), estimate.Value, 1e-12);
        Assert.Equal((0.0, 39), (estimate.Error, estimate.Products));
    }

    [Fact]
    public void Without_a_hidden_layer_every_eigenvalue_of_the_inputs_appears_ten_times()
    {
        using var scope = NewDisposeScope();
        var (inputs, targets) = Images(100);
        using var module = nn.Linear(64, 10, hasBias: false, dtype: ScalarType.Float64);
        using var derivatives = new FullBatch(nn.Sequential(module), inputs, targets, new SquaredError()).Objective().Evaluate(curvature: true);
        var spectrum = DenseSpectrum.Of(new HessianOperator(derivatives));
        double[] once = [.. linalg.eigvalsh(inputs.t().mm(inputs) / 100).data<double>()];

        Assert.Equal(640, spectrum.Values.Count);
        for (var i = 0; i < spectrum.Values.Count; i++)
        {
            Assert.Equal(once[i / 10], spectrum.Values[i], 1e-11);
        }

        Assert.Equal(0, spectrum.Negative);
        TensorAssert.AssertClose(
            DenseMatrix.Of(new GaussNewtonOperator(derivatives)), kron(eye(10, dtype: ScalarType.Float64), inputs.t().mm(inputs) / 100), 1e-12);
    }

    private static Tensor Hessian()
    {
        using var network = new SmallNetwork();
        using var derivatives = network.Objective().Evaluate(curvature: true);
        return DenseMatrix.Of(new HessianOperator(derivatives));
    }

    private static Tensor Digits(int hidden)
    {
        manual_seed(1);
        var (inputs, targets) = Images(60);
        using var module = nn.Sequential(
            nn.Linear(64, hidden, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(hidden, 10, dtype: ScalarType.Float64));
        using var derivatives = new FullBatch(module, inputs, targets, new SquaredError()).Objective().Evaluate(curvature: true);
        return DenseMatrix.Of(new HessianOperator(derivatives));
    }

    private static (Tensor Inputs, Tensor Targets) Images(int count)
    {
        using var data = new DigitsSettings { Examples = count }.Load();
        return (data.Inputs.flatten(1).clone(), nn.functional.one_hot(data.Targets, 10).to(ScalarType.Float64));
    }
}
