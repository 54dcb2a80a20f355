using LossSpikes.Lab.Runs;

namespace LossSpikes.Tests.Runs;

public sealed class RunEventsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsSpikesAndCrossings()
    {
        var events = Read(
            "{\"event\":\"crossing\",\"step\":5,\"direction\":\"down\"}\n{\"event\":\"crossing\",\"step\":7,\"direction\":\"up\"}\n"
            + "{\"event\":\"crossing\",\"step\":9,\"direction\":\"up\"}\n"
            + "{\"event\":\"audit\",\"step\":8,\"difference\":1e-9}\n" + SyntheticRun.Spike(3, 10, 12, 20, "0.75", "recovered"));
        Assert.Equal(5, events.All.Count);
        Assert.Equal(1e-9, events.All[3].GetProperty("difference").GetDouble());
        Assert.Equal(3, events.Crossings.Count);
        Assert.Equal(new RecordedCrossing(7, "up"), events.FirstCrossing);
        Assert.Equal([new RecordedSpike(3, 10, 11, 12, 20, 0.75, "recovered")], events.Spikes);
    }

    [Theory]
    [InlineData("null", double.NaN)]
    [InlineData("\"nan\"", double.NaN)]
    [InlineData("\"inf\"", double.PositiveInfinity)]
    public void ReadsWhatJsonHasNoNumberFor(string text, double value)
    {
        var spike = Assert.Single(Read(SyntheticRun.Spike(1, 10, 12, null, text, "unfinished")).Spikes);
        Assert.Equal(value, spike.PeakLoss);
        Assert.Null(spike.EndStep);
    }

    [Fact]
    public void LeavesOutALineCutShort() => Assert.Single(Read("{\"event\":\"warning\",\"step\":0}\n{\"event\":\"spi").All);

    [Fact]
    public void ReadsARunWithoutEvents() => Assert.Null(Read("").FirstCrossing);

    [Theory]
    [InlineData("{\"event\":\"spi\n")]
    [InlineData("\n")]
    [InlineData("null\n")]
    [InlineData("7\n")]
    [InlineData("{\"step\":1}\n")]
    [InlineData("{\"event\":\"warning\"}\n")]
    [InlineData("{\"event\":\"crossing\",\"step\":\"1\",\"direction\":\"up\"}\n")]
    [InlineData("{\"event\":\"crossing\",\"step\":1,\"direction\":null}\n")]
    [InlineData("{\"event\":\"spike\",\"step\":1,\"id\":1}\n")]
    public void RefusesAnythingElse(string line)
    {
        var message = Assert.Throws<RunException>(() => Read("{\"event\":\"warning\",\"step\":0}\n" + line)).Message;
        Assert.Contains("events.jsonl, line 2: expected an event as a JSON object (", message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", message, StringComparison.Ordinal);
    }

    private RunEvents Read(string content) => RunEvents.Read(_folder.Write("events.jsonl", content));
}
