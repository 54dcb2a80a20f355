using CsCheck;
using LossSpikes.Monitors.Records;

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

    private static bool IsWhole(string name) => name is "step" or "hvps" or "burst_rank" || name.StartsWith("mode_v", StringComparison.Ordinal);
}
