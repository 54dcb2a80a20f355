using CsCheck;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Runs;

/// <summary>Measurements that <see cref="CsvSink"/> writes and <see cref="MetricsTable"/> reads.</summary>
public sealed class MeasurementRoundTripTests : IDisposable
{
    // The last two look like columns that every run has, and are none.
    private static readonly string[] FurtherNames = ["trace", "theta_norm", "lambda_1", "guard_0"];

    private static readonly Gen<double> Number = Gen.Frequency(
        (10, Gen.Double.Where(v => !double.IsNaN(v))),
        (1, Gen.OneOf(0.0, -0.0, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity)));

    private static readonly Gen<double> NumberOrNaN = Gen.Frequency((5, Number), (1, Gen.Const(double.NaN)));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_measurement_reads_back_as_it_was_written() =>
        (from eigenvalues in Gen.Int[1, 4]
         from guards in Gen.Int[2, 3].Nullable()
         from further in Gen.Int[0, FurtherNames.Length]
         from rows in Rows(eigenvalues, guards, FurtherNames[..further])
         select (Schema: MeasurementSchema.Of(eigenvalues, FurtherNames[..further].Select(name => Column.Further(name, "")), guards), Rows: rows)).Sample(
            run =>
            {
                File.Delete(_folder["metrics.csv"]);
                using (var sink = new CsvSink(_folder["metrics.csv"]))
                {
                    sink.Begin(run.Schema);
                    Array.ForEach(run.Rows, sink.Record);
                }

                var table = MetricsTable.Read(_folder["metrics.csv"]);

                Assert.Equal(run.Schema.Names, table.Schema.Names);
                Assert.Equal(run.Rows.Length, table.Rows);
                Assert.Equivalent(run.Rows, Enumerable.Range(0, table.Rows).Select(table.Measurement).ToArray(), strict: true);
            },
            iter: 200, threads: 1);

    private static Gen<Measurement[]> Rows(int eigenvalues, int? guards, string[] further) =>
        Gen.Select(
            Gen.Select(NumberOrNaN, Number.Nullable(), NumberOrNaN, NumberOrNaN, Number.Nullable()),
            Gen.Select(Number.Array[0, eigenvalues], Number.Array[0, eigenvalues], Number.Nullable(), Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue]),
            Further(further),
            Explanation(eigenvalues, guards),
            (loss, curvature, more, explanation) => new Measurement
            {
                Step = 0,
                Loss = loss.Item1,
                Accuracy = loss.Item2,
                GradientNorm = loss.Item3,
                Threshold = loss.Item4,
                LearningRate = loss.Item5,
                Eigenvalues = curvature.Item1,
                GradientDots = curvature.Item2,
                Residual = curvature.Item3,
                HessianProducts = curvature.Item4,
                Seconds = curvature.Item5 / 1000.0, // three decimals are written
                Further = more,
                Explanation = explanation,
            }).Array[0, 5].Select(rows => rows.Select((m, i) => m with { Step = 1_000_003L * i }).ToArray());

    private static Gen<Dictionary<string, double>> Further(string[] names) => Number.Nullable().Array[names.Length].Select(
        values => names.Zip(values).Where(v => v.Second is not null).ToDictionary(v => v.First, v => v.Second!.Value));

    private static Gen<StepExplanation?> Explanation(int eigenvalues, int? guards)
    {
        if (guards is not { } count)
        {
            return Gen.Const((StepExplanation?)null);
        }

        var lists = Gen.Select(Number.Array[1, count], Number.Array[0, eigenvalues + count], Gen.Int[1, int.MaxValue].Array[0, eigenvalues + count]);
        var burst = Gen.Select(Gen.Int[1, 9], NumberOrNaN, NumberOrNaN, (rank, alpha, beta) => new Burst(rank, alpha, beta)).Null();
        return Gen.Select(lists, NumberOrNaN, Number.Nullable().Array[12], burst, (list, energy, terms, started) => new StepExplanation
        {
            Guards = list.Item1,
            Oscillations = list.Item2,
            Modes = list.Item3,
            OscillationEnergy = energy,
            Alpha = terms[0],
            Beta = terms[1],
            Delta = terms[2],
            X = terms[3],
            XAlternating = terms[4],
            XSlow = terms[5],
            Y = terms[6],
            SharpnessGradientNorm = terms[7],
            LinearShare = terms[8],
            CubicShare = terms[9],
            RemainingShare = terms[10],
            Alignment = terms[11],
            Burst = started,
        }).Null();
    }
}
