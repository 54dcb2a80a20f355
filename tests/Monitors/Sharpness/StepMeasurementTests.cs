using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Records;
using LossSpikes.Monitors.Sharpness;
using LossSpikes.Monitors.Sinks;
using LossSpikes.Monitors.Stability;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>A measurement that the library does not know, and sinks that fail.</summary>
public sealed class StepMeasurementTests : IDisposable
{
    private const double LearningRate = 0.1;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_further_measurement_has_its_column_and_its_products_are_counted()
    {
        var path = _folder["metrics.csv"];
        Descend(0, 5, new CsvSink(path));

        var rows = File.ReadLines(path).Select(line => line.Split(',')).ToList();
        var (trace, count) = (Array.IndexOf(rows[0], "hessian_trace"), Array.IndexOf(rows[0], "traces"));
        Assert.Equal(["1", "2", "3", "4", "5"], rows.Skip(1).Select(row => row[count]));
        Assert.All(rows.Skip(1), row => Assert.Equal(1 + 3 + 7, double.Parse(row[trace]), 1e-12));
        Assert.All(rows.Skip(1), row => Assert.True(int.Parse(row[Array.IndexOf(rows[0], "hvps")]) >= 3));
        Assert.All(rows.Skip(1), row => Assert.Equal($"{LearningRate}", row[Array.IndexOf(rows[0], "learning_rate")]));
    }

    [Fact]
    public void The_state_of_a_further_measurement_survives_a_resume()
    {
        var (whole, parts) = (new Recorder(), new Recorder());
        Descend(0, 8, whole);
        var state = Descend(0, 3, parts);
        Descend(3, 8, parts, state);

        Assert.Equal(whole.Measurements.Select(m => m.Further["traces"]), parts.Measurements.Select(m => m.Further["traces"]));
        Assert.Equal(whole.Measurements.Select(m => m.Sharpness), parts.Measurements.Select(m => m.Sharpness));
    }

    [Fact]
    public void A_sink_that_fails_at_its_first_call_is_left_out_and_the_others_read_why()
    {
        var (before, after) = (new Recorder(), new Recorder());
        using var x = Parameters();
        using var monitor = SharpnessMonitor.Watch(
            [x], () => Loss(x), StabilityThreshold.GradientDescent(LearningRate), null, before, new FailingSink(), after);
        monitor.Observe(0);
        monitor.Observe(1);

        foreach (var sink in (Recorder[])[before, after])
        {
            Assert.Equal(2, sink.Measurements.Count);
            Assert.Contains("no room for 13 columns", Assert.Single(sink.Events.OfType<WarningEvent>()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_table_is_not_continued_with_other_columns()
    {
        var path = _folder["metrics.csv"];
        using (var sink = new CsvSink(path))
        {
            sink.Begin(MeasurementSchema.Of(1, []));
        }

        using var again = new CsvSink(path, new FileInfo(path).Length);
        again.Begin(MeasurementSchema.Of(1, []));
        var refused = Assert.Throws<IOException>(() => again.Begin(MeasurementSchema.Of(2, [])));
        Assert.Contains("lambda_2", refused.Message, StringComparison.Ordinal);
    }

    private static Tensor Parameters() => nn.Parameter(tensor([1.0, 1, 1]));

    private static Tensor Loss(Tensor x) => 0.5 * (tensor([1.0, 3, 7]) * x.square()).sum();

    /// <summary>Observes some steps of gradient descent on a quadratic, from a state of the monitor where there is one.</summary>
    private static Dictionary<string, Tensor> Descend(long from, long to, IMonitorSink sink, Dictionary<string, Tensor>? state = null)
    {
        using var disposable = sink as IDisposable;
        using var scope = NewDisposeScope();
        var x = Parameters();
        var options = new MonitorOptions { Measurements = [() => new CountedTrace()], AuditEvery = 4 };
        var objective = new AutogradObjective([x], () => new LossTerm(Loss(x)));
        using var monitor = new CurvatureMonitor(objective, options, sink);
        if (state is not null)
        {
            monitor.Resume(((Recorder)sink).Measurements.ToList(), new HashSet<long> { 0 }, state, null);
        }

        for (var step = from; step < to; step++)
        {
            using var derivatives = objective.Evaluate(curvature: true);
            monitor.Observe(step, derivatives, StabilityThreshold.GradientDescent(LearningRate));
        }

        return monitor.State.ToDictionary(s => s.Key, s => s.Value.clone().DetachFromDisposeScope());
    }

    /// <summary>The trace, and how often it was measured: the latter is its state.</summary>
    private sealed class CountedTrace : IStepMeasurement
    {
        private static readonly Column Trace = Column.Further("hessian_trace", "loss/θ²"), Traces = Column.Further("traces", "");
        private long _count;

        public string Name => "trace";

        public IReadOnlyList<Column> Columns => [Trace, Traces];

        public IEnumerable<KeyValuePair<string, Tensor>> State => [new("count", tensor(_count))];

        public Measurement Measure(Measurement seen, MeasurementPoint point)
        {
            var hessian = new HessianOperator(point.Derivatives);
            var trace = hessian.Apply(eye(hessian.Dimension, dtype: point.Parameters.dtype)).trace().item<double>();
            return Traces.Set(Trace.Set(seen, trace), ++_count) with { HessianProducts = seen.HessianProducts + (int)hessian.Dimension };
        }

        public void Restore(IReadOnlyDictionary<string, Tensor> state) => _count = state["count"].item<long>();

        public void Dispose()
        {
        }
    }

    private sealed class FailingSink : IMonitorSink
    {
        public void Begin(MeasurementSchema schema) => throw new InvalidOperationException($"no room for {schema.Names.Count} columns");
    }
}
