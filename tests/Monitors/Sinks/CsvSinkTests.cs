using LossSpikes.Monitors;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Monitors.Sinks;

/// <summary>metrics.csv as it is written and continued.</summary>
public sealed class CsvSinkTests : IDisposable
{
    private static readonly MeasurementSchema TwoColumns = MeasurementSchema.Parse(["step", "loss"]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Missing_numbers_are_empty_and_non_finite_ones_are_written_as_pandas_reads_them()
    {
        using (var sink = new CsvSink(_folder["m.csv"]))
        {
            sink.Begin(MeasurementSchema.Parse(["step", "loss", "accuracy", "gradient_norm", "threshold", "seconds"]));
            sink.Record(new Measurement
            {
                Step = 0,
                Loss = double.NaN,
                GradientNorm = double.PositiveInfinity,
                Threshold = double.NegativeInfinity,
                Seconds = 1,
            });
            sink.Record(new Measurement { Step = 1, Loss = 0.1, Accuracy = 0.5, GradientNorm = 1e-300, Threshold = 1.0 / 3 });
        }

        Assert.Equal(
            ["step,loss,accuracy,gradient_norm,threshold,seconds", "0,nan,,inf,-inf,1.000", "1,0.1,0.5,1E-300,0.3333333333333333,0.000"],
            File.ReadAllLines(_folder["m.csv"]));
    }

    [Fact]
    public void A_file_with_the_same_columns_is_continued_after_the_bytes_that_stay()
    {
        var path = _folder.Write("m.csv", "step,loss\n0,1\n1,2\n2,");
        using (var sink = new CsvSink(path, keep: "step,loss\n0,1\n".Length))
        {
            sink.Begin(TwoColumns);
            sink.Record(new Measurement { Step = 1, Loss = 3, GradientNorm = 0, Threshold = 0 });
            Assert.Equal(new FileInfo(path).Length, sink.Length);
        }

        Assert.Equal("step,loss\n0,1\n1,3\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_file_of_which_no_byte_stays_gets_its_header_again()
    {
        using (var sink = new CsvSink(_folder.Write("m.csv", "step,lo"), keep: 0))
        {
            sink.Begin(TwoColumns);
        }

        Assert.Equal("step,loss\n", File.ReadAllText(_folder["m.csv"]));
    }

    [Fact]
    public void A_file_is_neither_overwritten_nor_continued_beyond_its_end()
    {
        var path = _folder.Write("m.csv", "step,loss\n");

        Assert.Throws<IOException>(() => new CsvSink(path));
        Assert.Contains("is shorter than the 11 bytes it had", Assert.Throws<IOException>(() => new CsvSink(path, keep: 11)).Message, StringComparison.Ordinal);
        Assert.Equal("step,loss\n", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("step,loss,accuracy\n0,1,\n")]
    [InlineData("step\n0\n")]
    [InlineData("loss,step\n1,0\n")]
    [InlineData("0,1\n")]
    public void A_file_with_other_columns_is_not_continued(string content)
    {
        var path = _folder.Write("m.csv", content);
        using var sink = new CsvSink(path, keep: content.Length);

        var message = Assert.Throws<IOException>(() => sink.Begin(TwoColumns)).Message;

        Assert.Equal($"{path} has other columns than this run: expected step,loss", message);
        Assert.Equal(content, File.ReadAllText(path));
    }

    [Fact]
    public void A_run_whose_settings_give_other_columns_is_not_resumed()
    {
        Assert.Equal(0, LabResult.Run("run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--set", "steps=5", "--out", _folder["run"]).ExitCode);
        var (config, metrics) = (_folder["run/config.yaml"], File.ReadAllText(_folder["run/metrics.csv"]));
        File.WriteAllText(config, File.ReadAllText(config).Replace("eigenvalues: 3", "eigenvalues: 2", StringComparison.Ordinal));

        var result = LabResult.Run("resume", _folder["run"], "--steps", "9");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(
            "metrics.csv has other columns than this run: expected step,loss,", result.Diagnostics.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal(metrics, File.ReadAllText(_folder["run/metrics.csv"]));
    }
}
