using CsCheck;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Runs;

public sealed class MetricsTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_are_read_by_name()
    {
        var table = Read(
            "step,loss,sharpness,lambda_2,lambda_3,threshold,gradient_dot_v1,gradient_dot_v2\n"
            + "0,0.5,3,2,1,20,0.25,-0.5\n10,0.1,4,3,2,20,1e-3,2E+2\n");
        Assert.Equal([0.0, 10.0], table.Steps);
        Assert.Equal([0.5, 0.1], table.Loss);
        Assert.Equal([3.0, 4.0], table.Sharpness);
        Assert.Equal([20.0, 20.0], table.Threshold);
        Assert.Equal([[3, 4], [2, 3], [1, 2]], table.Eigenvalues);
        Assert.Equal([[0.25, 1e-3], [-0.5, 200]], table.GradientDots);
        Assert.Equal(2, table.Rows);
    }

    [Fact]
    public void Empty_and_non_finite_cells_are_read()
    {
        var table = Read("step,loss,sharpness\n0,nan,\n1,inf,-inf\n");
        Assert.Equal([double.NaN, double.PositiveInfinity], table.Loss);
        Assert.Equal([double.NaN, double.NegativeInfinity], table.Sharpness);
        Assert.Equal([double.NaN, double.NaN], table.Threshold);
        Assert.Empty(table.GradientDots);
    }

    [Fact]
    public void Digits_are_read_exactly() => Assert.Equal([0.1 + 0.2, double.Epsilon], Read("step,loss\n0,0.30000000000000004\n1,5E-324\n").Loss);

    [Fact]
    public void Line_breaks_of_other_systems_are_read() => Assert.Equal([0.5, 0.25], Read("step,loss\r\n0,0.5\r\n1,0.25\r\n").Loss);

    [Theory]
    [InlineData("step,loss,hvps\n0,0.5,4\n1,0.2")]
    [InlineData("step,loss,hvps\n0,0.5,4\n1,0.25,1")]
    [InlineData("step,loss,hvps\n0,0.5,4\n1,\"0.2")]
    public void A_row_that_was_cut_short_is_left_out(string content) => Assert.Equal([0.5], Read(content).Loss);

    [Fact]
    public void A_table_without_rows_is_read() => Assert.Equal(0, Read("step,loss,sharpness\n").Rows);

    [Theory]
    [InlineData("", 1, "step,loss")]
    [InlineData("step,lo", 1, "step,loss")]
    [InlineData("epoch,loss\n0,1\n", 1, "epoch,loss")]
    [InlineData("step,loss,loss\n0,1,1\n", 1, "'loss'")]
    [InlineData("step,loss\n0,1\n1,x\n", 3, "'x'")]
    [InlineData("step,loss\n0,1\n1,1,1\n", 3, "expected 2 cells and found 3")]
    [InlineData("step,loss\n0,1\n\n2,1\n", 3, "expected 2 cells and found 1")]
    [InlineData("step,loss\n0,1\n0,1\n", 3, "above 0")]
    [InlineData("step,loss\n0,1\n0.5,1\n", 3, "'0.5'")]
    [InlineData("step,loss\n,1\n", 2, "''")]
    [InlineData("step,loss\n0,\"1\n1,2\n", 2, "quotes")]
    public void A_malformed_table_is_refused_with_its_line(string content, int line, string part)
    {
        var message = Assert.Throws<RunException>(() => Read(content)).Message;
        Assert.Contains($"metrics.csv, line {line}: ", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var path = Path.Combine(_folder.Root, "metrics.csv");
        Assert.Equal($"{path}: the file is missing", Assert.Throws<RunException>(() => MetricsTable.Read(path)).Message);
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var table = Read("step,loss\n");
        Assert.Contains("'lambda_9' among step, loss", Assert.Throws<RunException>(() => table["lambda_9"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_columns_in_any_order_give_measurements()
    {
        string[] names =
        [
            .. MeasurementSchema.Of(3, [Column.Further("trace", ""), Column.Further("lambda_1", "")], explainedGuards: 2).Names.Skip(2),
            "lambda_9", "mode_v99", "guard_7",
        ];
        var value = Gen.OneOf("", "nan", "inf", "-inf", "0", "-1", "1e300", "2.5");
        Gen.Select(Gen.Shuffle(names), Gen.Int[0, names.Length]).SelectMany(
            (shuffled, count) => value.Array[count].Select(cells => (shuffled[..count], cells))).Sample(
            row =>
            {
                var (columns, cells) = row;
                var table = Read($"{string.Join(',', ["step", "loss", .. columns])}\n{string.Join(',', ["3", "0.5", .. cells])}\n");
                var seen = table.Measurement(0);

                Assert.Equal((3, 0.5), (seen.Step, seen.Loss));
                Assert.All(seen.Eigenvalues.Index(), λ => Assert.Equal(table.Eigenvalues[λ.Index][0], λ.Item));
            },
            iter: 500, threads: 1);
    }

    [Fact]
    public void A_table_is_read_while_the_run_writes_it()
    {
        var path = _folder.Write("metrics.csv", "step,loss\n0,1\n");
        using var writer = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        Assert.Equal(1, MetricsTable.Read(path).Rows);
    }

    private MetricsTable Read(string content) => MetricsTable.Read(_folder.Write("metrics.csv", content));
}
