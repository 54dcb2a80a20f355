using LossSpikes.Monitors;
using LossSpikes.Monitors.Networks;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Loss functions that are not what they should be: one sentence each, no sharpness, no stopped training.</summary>
public sealed class LossFunctionTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor?> Loss, string Sentence, bool HasLoss)> Wrong = new()
    {
        ["computed without gradients"] = (w => { using var _ = no_grad(); return w.square().sum(); }, "has no gradient", true),
        ["detached"] = (w => w.square().sum().detach(), "has no gradient", true),
        ["of other tensors"] = (_ => ones(3, requires_grad: true).square().sum(), "does not depend on any watched parameter", true),
        ["null"] = (_ => null, "returned null", false),
        ["disposed"] = (w => { var loss = w.square().sum(); loss.Dispose(); return loss; }, "disposed", false),
        ["one number for each example"] = (w => w.square(), "shape is [3]", false),
        ["calling backward itself"] = (w => { var loss = w.square().sum(); loss.backward(); return loss; }, "calls backward itself", false),
        ["throwing"] = (_ => throw new InvalidOperationException("the data set is closed."), "the data set is closed", false),
        ["failing in libtorch"] = (w => w.mm(ones(2, 2)).sum(), "libtorch says", false),
    };

    public static TheoryData<string> Names => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_that_is_wrong_gives_one_sentence_and_an_empty_sharpness(string name)
    {
        using var scope = NewDisposeScope();
        var (loss, sentence, hasLoss) = Wrong[name];
        var w = nn.Parameter(ones(3));
        w.grad = full(3, 7f);
        using var optimizer = optim.SGD([w], 0.1);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(optimizer, () => loss(w)!, null, sink);
        for (var step = 0; step < 5; step++)
        {
            var seen = monitor.Observe(step);
            Assert.Equal(hasLoss, seen is not null);
            Assert.Null(seen?.Sharpness);
        }

        var warning = Assert.Single(sink.Warnings);
        Assert.Contains(sentence, warning, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning);
        Assert.DoesNotContain("frame #", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception raised", warning, StringComparison.Ordinal);
        Assert.True(w.grad!.eq(7).all().item<bool>());
    }

    [Fact]
    public void A_loss_that_draws_its_own_batches_is_reported_and_draws_none_for_the_monitor()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        var random = new Random(0);
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            [w], () => (1 + random.NextDouble()) * w.square().sum(), StabilityThreshold.GradientDescent(0.1), null, sink);
        monitor.Observe(0);
        monitor.Observe(1);

        Assert.Contains("choose the batch outside the loss function", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_that_are_no_numbers_any_more_are_not_taken_for_moved_ones()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(full(3, double.NaN, dtype: ScalarType.Float64));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch([w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1), null, sink);
        monitor.Observe(0);

        Assert.Empty(sink.Warnings);
        Assert.True(monitor.Diverged);
    }

    [Fact]
    public void Rows_with_the_loss_alone_have_the_learning_rate_and_the_columns_of_the_others()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        using var optimizer = optim.Adam([w], 0.1);
        var (sink, broken) = (new Recorder(), true);
        using var monitor = SharpnessMonitor.Watch(optimizer, () => broken ? w.square().sum().detach() : w.square().sum(), null, sink);
        for (var step = 0; step < 4; step++)
        {
            broken = step != 2;
            optimizer.ParamGroups.Single().LearningRate = 0.1 / (step + 1);
            monitor.Observe(step);
        }

        Assert.Equal([0.1, 0.1 / 2, 0.1 / 3, 0.1 / 4], sink.Measurements.Select(m => m.LearningRate!.Value));
        Assert.All(sink.Measurements, m => Assert.Equal(38 / m.LearningRate!.Value, m.Threshold, 1e-9 * m.Threshold));
        Assert.Equal([false, false, true, false], sink.Measurements.Select(m => m.Sharpness is not null));
        Assert.Contains("raw_sharpness", sink.Schema!.Names);
    }

    [Fact]
    public void Dropout_has_one_mask_in_all_products_of_a_step()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var net = nn.Sequential(nn.Linear(3, 6, dtype: ScalarType.Float64), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, 1, dtype: ScalarType.Float64));
        var (x, y) = (randn([12, 3], dtype: ScalarType.Float64), randn([12, 1], dtype: ScalarType.Float64));
        Tensor Loss() => (net.call(x) - y).square().mean();
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(net.parameters(), Loss, StabilityThreshold.GradientDescent(0.1), null, sink);
        for (var step = 0; step < 4; step++)
        {
            // The reference draws from the same random state, since the monitor left it as it was.
            var expected = DenseReference.Eigenvalues(DenseReference.Hessian([.. net.parameters()], Loss))[0];
            Assert.Equal(expected, monitor.Observe(step)!.Sharpness!.Value, 1e-3 * expected);
            rand(1);
        }

        Assert.Contains("one draw a step", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chunked_full_batch_draws_one_mask_for_each_chunk()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        using var net = nn.Sequential(nn.Linear(3, 4, dtype: ScalarType.Float64), nn.Dropout(0.5), nn.Tanh(), nn.Linear(4, 1, dtype: ScalarType.Float64));
        var (x, y) = (randn([12, 3], dtype: ScalarType.Float64), randn([12, 1], dtype: ScalarType.Float64));
        using var objective = new FullBatch(net, x, y, new SquaredError(), chunk: 5).Objective();
        using var monitor = SharpnessMonitor.Watch(objective, StabilityThreshold.GradientDescent(0.1));

        // Two of the same random state are the same, and its products are symmetric.
        var first = monitor.Observe(0)!;
        Assert.True(first.Converged);
        Assert.Equal(first.Loss, monitor.Observe(1)!.Loss);
    }

    [Fact]
    public void A_chunked_full_batch_of_a_network_with_batch_statistics_is_refused_in_training_mode()
    {
        using var scope = NewDisposeScope();
        using var net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1));
        var (x, y) = (randn(12, 3), randn(12, 1));
        var error = Assert.Throws<ArgumentException>(() => new FullBatch(net, x, y, new SquaredError(), chunk: 5));
        Assert.Contains("1", error.Message, StringComparison.Ordinal);
        Assert.Contains("statistics", error.Message, StringComparison.Ordinal);

        net.eval();
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            new FullBatch(net, x, y, new SquaredError(), chunk: 5).Objective(), StabilityThreshold.GradientDescent(0.1), null, sink);
        Assert.NotNull(monitor.Observe(0)!.Sharpness);
        net.train();
        Assert.Null(monitor.Observe(1)?.Sharpness);
        Assert.Contains("statistics", Assert.Single(sink.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_that_repeat_or_run_backwards_are_not_recorded()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch([w], () => w.square().sum(), StabilityThreshold.GradientDescent(0.1), null, sink);

        Assert.All([3, 4], step => Assert.NotNull(monitor.Observe(step)));
        Assert.All([4, 2], step => Assert.Null(monitor.Observe(step)));
        Assert.NotNull(monitor.Observe(5));
        Assert.Equal([3, 4, 5], sink.Measurements.Select(m => m.Step));
        Assert.All(sink.Warnings, w => Assert.Contains("steps must increase", w, StringComparison.Ordinal));
        Assert.Equal(2, sink.Warnings.Count());
    }

    [Fact]
    public void A_loss_that_moves_the_parameters_is_reported_and_they_are_put_back()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3, dtype: ScalarType.Float64));
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            [w],
            () =>
            {
                using (no_grad())
                {
                    w.mul_(0.9);
                }

                return w.square().sum();
            },
            StabilityThreshold.GradientDescent(0.1),
            null,
            sink);
        monitor.Observe(0);

        Assert.Contains("changes the parameters", string.Join(' ', sink.Warnings), StringComparison.Ordinal);
        Assert.True(w.eq(1).all().item<bool>());
    }

    public static TheoryData<string, MonitorOptions> Options => new()
    {
        { "Every", new() { Every = 0 } },
        { "Eigenvalues", new() { Eigenvalues = 0 } },
        { "Guards", new() { Guards = 1 } },
        { "Tolerance", new() { Tolerance = double.NaN } },
        { "Tolerance", new() { Tolerance = 1 } },
        { "AuditEvery", new() { AuditEvery = -1 } },
        { "ExplainEvery", new() { ExplainEvery = 0 } },
        { "ClipNorm", new() { ClipNorm = 0 } },
        { "MinRise", new() { Spikes = new() { MinRise = -0.1 } } },
        { "MaxOpen", new() { Spikes = new() { MaxOpen = 0 } } },
        { "DivergenceFactor", new() { Spikes = new() { DivergenceFactor = 0.5 } } },
    };

    [Theory]
    [MemberData(nameof(Options), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_is_refused_when_the_monitor_is_made(string name, MonitorOptions options)
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(3));
        using var optimizer = optim.SGD([w], 0.1);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => SharpnessMonitor.Watch(optimizer, () => w.sum(), options));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }
}
