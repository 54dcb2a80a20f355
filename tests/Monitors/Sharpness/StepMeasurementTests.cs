using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Commands;
using LossSpikes.Tests.Monitors.Sinks;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Sharpness;

/// <summary>A measurement that the library does not know.</summary>
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
    public async Task A_further_measurement_appears_in_every_file_and_on_every_page()
    {
        _folder.Write("config.yaml", SmallExperiment.Yaml);
        var trace = new RunTrace(RunHeader.Of(1, _folder.Root, ExperimentFile.Load(_folder["config.yaml"], [])));
        using (var csv = new CsvSink(_folder["metrics.csv"]))
        using (var events = new JsonLinesSink(_folder["events.jsonl"]))
        using (var tensorBoard = new TensorBoardSink(_folder["events.out.tfevents.0"]))
        {
            Descend(0, 5, new Several(csv, events, tensorBoard, trace));
        }

        double[] expected = [1, 2, 3, 4, 5];
        var run = RecordedRun.Open(_folder.Root);
        using var watched = WatchedRun.Open(1, _folder.Root);
        var patience = DateTime.UtcNow + TimeSpan.FromMinutes(1);
        while (watched.Trace.Now().Rows < 5 && DateTime.UtcNow < patience)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal(expected, run.Metrics["traces"]);
        Assert.Equal(expected, run.Measurements.Select(m => m.Further["traces"]));
        Assert.Equal(expected, EventsFile.Read(_folder["events.out.tfevents.0"]).Where(e => e.Scalars.Count > 0).Select(e => (double)e.Scalars["traces"]));
        Assert.Equal(expected, Live(trace.Now()));
        Assert.Equal(expected, Live(watched.Trace.Now()));

        static IEnumerable<double> Live(TraceSnapshot now) => now.Columns[now.Schema.Index().Single(c => c.Item.Name == "traces").Index].Take(now.Rows);
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
            monitor.Resume(((Recorder)sink).Measurements.ToList(), [], state, null);
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

    /// <summary>Several sinks as one.</summary>
    private sealed class Several(params IMonitorSink[] sinks) : IMonitorSink
    {
        public void Begin(MeasurementSchema schema) => Array.ForEach(sinks, sink => sink.Begin(schema));

        public void Record(Measurement measurement) => Array.ForEach(sinks, sink => sink.Record(measurement));

        public void Record(MonitorEvent happened) => Array.ForEach(sinks, sink => sink.Record(happened));
    }
}
