using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;

namespace LossSpikes.Tests.Runs;

public sealed class EventLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_kind_of_event_reads_back_as_it_was_written()
    {
        MonitorEvent[] written =
        [
            new CrossingEvent(5, CrossingDirection.Down, 19.5, 20),
            new AuditEvent(8, [21, 3], [21.5, 3], 0.02, true, 17),
            new ForecastEvent(9, ForecastKind.Crossing) { Expected = 30, Earliest = 28, Latest = 33, Line = 31 },
            new ForecastScoredEvent(30, ForecastKind.Crossing, 9, 30) { Actual = 30, ErrorSteps = 0, WithinRange = true },
            new ForecastScoredEvent(31, ForecastKind.Spike, 10, 40) { Withdrawn = "the learning rate changed" },
            new WarningEvent(31, "not every eigenvalue met the tolerance; see the residual"),
            new DivergenceEvent(40, double.PositiveInfinity, 1e4),
        ];
        var read = Read(string.Concat(written.Select(e => RecordJson.Write(e) + "\n")));

        Assert.Equal(written.Select(RecordJson.Write), read.Select(RecordJson.Write));
        Assert.Equal(written.Select(e => e.GetType()), read.Select(e => e.GetType()));
    }

    [Fact]
    public void A_spike_reads_back_with_its_fields()
    {
        var spike = Assert.IsType<SpikeEvent>(Assert.Single(Read(SyntheticRun.Spike(3, 10, 12, 20, "0.75", "recovered"))));

        Assert.Equal((3, 10, 11, 12, 20), (spike.Id, spike.OnsetStep, spike.OpenStep, spike.PeakStep, spike.EndStep));
        Assert.Equal((0.75, SpikeOutcome.Recovered), (spike.PeakLoss, spike.Outcome));
    }

    [Fact]
    public void A_number_that_JSON_cannot_express_is_null_and_reads_back_as_NaN()
    {
        Assert.Equal(double.NaN, Assert.IsType<SpikeEvent>(Assert.Single(Read(SyntheticRun.Spike(1, 10, 12, 14, "null", "diverged")))).PeakLoss);
    }

    [Fact]
    public void A_last_line_that_was_cut_short_is_left_out() =>
        Assert.Single(Read("{\"event\":\"warning\",\"step\":0,\"message\":\"x\"}\n{\"event\":\"spi"));

    [Fact]
    public void A_run_without_events_has_an_empty_log() => Assert.Empty(Read(""));

    [Theory]
    [InlineData("{\"event\":\"spi\n")]
    [InlineData("\n")]
    [InlineData("null\n")]
    [InlineData("7\n")]
    [InlineData("{\"step\":1}\n")]
    [InlineData("{\"event\":\"comet\",\"step\":1}\n")]
    [InlineData("{\"event\":\"crossing\",\"step\":\"1\",\"direction\":\"up\",\"sharpness\":1,\"threshold\":1}\n")]
    [InlineData("{\"event\":\"crossing\",\"step\":1,\"direction\":null,\"sharpness\":1,\"threshold\":1}\n")]
    [InlineData("{\"event\":\"spike\",\"step\":1,\"id\":1}\n")]
    public void A_line_that_is_no_event_is_refused_with_file_and_line_in_one_sentence(string line)
    {
        var message = Assert.Throws<RunException>(() => Read("{\"event\":\"warning\",\"step\":0,\"message\":\"x\"}\n" + line)).Message;

        Assert.Contains("events.jsonl, line 2: expected an event as a JSON object (", message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private IReadOnlyList<MonitorEvent> Read(string content) => EventLog.Read(_folder.Write("events.jsonl", content));
}
