using CsCheck;
using LossSpikes.Monitors;
using LossSpikes.Tests.Monitors.Sharpness;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Records;

/// <summary>The columns of a run, written and parsed.</summary>
public sealed class MeasurementSchemaTests
{
    private static readonly Column Trace = Column.Further("hessian_trace", "loss/θ²");

    [Fact]
    public void Without_explanations_the_header_is_that_of_the_documentation() =>
        Assert.Equal(
            "step,loss,accuracy,gradient_norm,sharpness,lambda_2,threshold,learning_rate,gradient_dot_v1,gradient_dot_v2,residual,hvps,seconds",
            string.Join(',', MeasurementSchema.Of(2, []).Names));

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(4, 3)]
    public void Any_row_reads_back_by_the_names_of_the_header_alone(int eigenvalues, int? guards)
    {
        var schema = MeasurementSchema.Of(eigenvalues, [Trace], guards);
        var parsed = MeasurementSchema.Parse(schema.Names);
        Assert.Equal(schema.Names, parsed.Names);
        Assert.Equal(schema.Names.Distinct(), schema.Names);

        Gen.Double[-1e6, 1e6].Array[schema.Names.Count].Sample(
            values =>
            {
                values = [.. values.Zip(schema.Names, (value, name) => IsWhole(name) ? Math.Round(Math.Abs(value)) : value)];
                var seen = parsed.Read(i => values[i]);
                Assert.Equal(values, schema.Columns.Select(c => c.Get(seen)!.Value));
                Assert.Equal(values[schema.IndexOf("hessian_trace")], seen.Further["hessian_trace"]);
                Assert.Equal(eigenvalues, seen.Eigenvalues.Count);
                Assert.Equal(guards is null, seen.Explanation is null);
            },
            iter: 50,
            threads: 1);
    }

    [Fact]
    public void An_empty_cell_stays_empty()
    {
        var schema = MeasurementSchema.Of(2, [Trace]);
        var seen = schema.Read(i => schema.Names[i] is "step" or "loss" or "gradient_norm" or "threshold" ? i : double.NaN);

        Assert.Null(seen.Sharpness);
        Assert.Null(seen.LearningRate);
        Assert.Empty(seen.Further);
        Assert.All(
            ["accuracy", "sharpness", "lambda_2", "learning_rate", "gradient_dot_v1", "hessian_trace", "residual"],
            name => Assert.Null(schema.Columns[schema.IndexOf(name)].Get(seen)));
        Assert.Equal(-1, schema.IndexOf("lambda_3"));
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(3, false, true)]
    [InlineData(2, true, false)]
    [InlineData(4, true, true)]
    public void The_schema_of_a_header_equals_the_one_that_the_monitor_builds(int eigenvalues, bool preconditioned, bool explain)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallNetwork();
        using var objective = network.Objective();
        var preconditioner = preconditioned ? ones(objective.Dimension, dtype: ScalarType.Float64) : null;
        var sink = new Recorder();
        using var monitor = SharpnessMonitor.Watch(
            objective,
            new StabilityEdge(StabilityThreshold.RmsProp(0.1)) { Preconditioner = preconditioner },
            new MonitorOptions { Eigenvalues = eigenvalues, Guards = 3, Explain = explain },
            sink);
        monitor.Observe(0);
        var built = sink.Schema!;

        Assert.Equal(Descriptions(built), Descriptions(MeasurementSchema.Parse(built.Names)));
        Assert.Equal(preconditioned, built.Names.Contains("raw_sharpness"));
        Assert.Equal(explain ? eigenvalues + 3 : 0, built.Names.Count(name => name.StartsWith("oscillation_v", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("trace")]
    [InlineData("lambda_1")]
    [InlineData("lambda_02")]
    [InlineData("lambda_")]
    [InlineData("guard_0")]
    [InlineData("mode_v-1")]
    [InlineData("gradient_dot_v99999999999")]
    public void An_unknown_name_becomes_a_further_measurement(string name)
    {
        var column = Assert.Single(MeasurementSchema.Parse([name]).Columns);
        var empty = new Measurement { Step = 0, Loss = 1, GradientNorm = 1, Threshold = 1 };

        Assert.Equal(name, column.Name);
        Assert.Null(column.Get(empty));
        Assert.Equal(7, column.Set(empty, 7).Further[name]);
        Assert.Equal(7, column.Get(column.Set(empty, 7)));
    }

    [Theory]
    [InlineData("lambda_2")]
    [InlineData("gradient_dot_v3")]
    [InlineData("guard_2")]
    [InlineData("oscillation_v1000000000")]
    [InlineData("mode_v2")]
    public void A_value_without_those_of_the_ranks_before_it_is_left_out(string name)
    {
        var seen = MeasurementSchema.Parse([name, "burst_alpha"]).Read(_ => 7);

        Assert.Null(seen.Sharpness);
        Assert.Empty(seen.GradientDots);
        Assert.Empty(seen.Explanation!.Guards);
        Assert.Empty(seen.Explanation.Oscillations);
        Assert.Empty(seen.Explanation.Modes);
        Assert.Equal(new Burst(0, 7, double.NaN), seen.Explanation.Burst);
    }

    private static IEnumerable<(string Name, string Unit, string Format, bool IsDetail)> Descriptions(MeasurementSchema schema) =>
        schema.Columns.Select(c => (c.Name, c.Unit, c.Format, c.IsDetail));

    private static bool IsWhole(string name) => name is "step" or "hvps" or "burst_rank" || name.StartsWith("mode_v", StringComparison.Ordinal);
}
