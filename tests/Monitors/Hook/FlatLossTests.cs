using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Losses with little curvature or none: a few products a step, right values, no warnings.</summary>
public sealed class FlatLossTests
{
    public static MatrixTheoryData<string, ScalarType, bool> Cases => new(
        ["zero inputs", "saturated", "relu", "constant gradient", "concave", "tiny"], [ScalarType.Float32, ScalarType.Float64], [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_sharpness_is_right_for_a_few_products_and_without_warnings(string name, ScalarType type, bool explain)
    {
        using var scope = NewDisposeScope();
        manual_seed(10);
        var (parameters, loss, rate) = Create(name, type);
        using var optimizer = optim.SGD(parameters.Select(p => (TorchSharp.Modules.Parameter)p), rate);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(optimizer, loss, new MonitorOptions { Explain = explain, AuditEvery = 20 }, sink);
        for (var step = 0; step < 60; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.zero_grad();
            loss().backward();
            var seen = monitor.Observe(step)!;
            Assert.True(seen.Sharpness is not null, string.Join('\n', sink.Warnings));
            Assert.True(double.IsFinite(seen.Sharpness!.Value) && double.IsFinite(seen.Residual!.Value));
            if (type == ScalarType.Float64 && step % 20 == 19)
            {
                var eigenvalues = DenseReference.Eigenvalues(DenseReference.Hessian(parameters, loss));
                Assert.Equal(eigenvalues[0], seen.Sharpness.Value, 1e-3 * Math.Abs(eigenvalues[0]) + 1e-7 * eigenvalues.Max(Math.Abs));
            }

            Assert.InRange(seen.HessianProducts, 1, step % 20 == 0 ? 90 : name == "concave" ? 26 : 16);
            optimizer.step();
        }

        Assert.Empty(sink.Warnings);
    }

    private static (Tensor[] Parameters, Func<Tensor> Loss, double Rate) Create(string name, ScalarType type)
    {
        switch (name)
        {
            case "zero inputs":
                {
                    // Without biases the output is 0 for ever, and the Hessian too.
                    var net = nn.Sequential(nn.Linear(3, 4, hasBias: false, dtype: type), nn.ReLU(), nn.Linear(4, 1, hasBias: false, dtype: type));
                    var x = zeros([5, 3], dtype: type);
                    return ([.. net.parameters()], () => (net.call(x) - 1).square().mean(), 0.1);
                }

            case "saturated":
                {
                    var net = nn.Linear(2, 2, dtype: type);
                    var x = cat([ones([4, 2], dtype: type) * 50, ones([4, 2], dtype: type) * -50]);
                    var classes = tensor(new long[] { 0, 0, 0, 0, 1, 1, 1, 1 });
                    return ([.. net.parameters()], () => nn.functional.cross_entropy(net.call(x), classes), 100);
                }

            case "relu":
                {
                    var net = nn.Sequential(nn.Linear(3, 6, dtype: type), nn.ReLU(), nn.Linear(6, 1, dtype: type));
                    var x = randn([6, 3], dtype: ScalarType.Float64).to(type);
                    x[0] = zeros(3, dtype: type);
                    return ([.. net.parameters()], () => (net.call(x) - 1).square().mean(), 0.05);
                }

            case "constant gradient":
                {
                    var w = nn.Parameter(ones(12, dtype: type));
                    return ([w], () => (w * arange(12).to(type)).sum(), 1e-3);
                }

            case "concave":
                {
                    var w = nn.Parameter(ones(12, dtype: type) * 0.01);
                    return ([w], () => -(w.square() * arange(1, 13).to(type)).sum(), 1e-4);
                }

            default:
                {
                    var w = nn.Parameter(ones(12, dtype: type));
                    return ([w], () => 1e-12 * (w.square() * arange(1, 13).to(type)).sum(), 0.1);
                }
        }
    }
}
