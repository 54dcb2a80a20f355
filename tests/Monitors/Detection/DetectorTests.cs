using CsCheck;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Detection;

namespace LossSpikes.Tests.Monitors.Detection;

/// <summary>The streaming detectors against the definitions.</summary>
public sealed class DetectorTests
{
    private const double Epsilon = 1.0 / (1L << 52);

    private static readonly double[] Strange = [double.NaN, double.PositiveInfinity, 2e4];

    [Fact]
    public void Any_sequence_gives_the_events_of_the_definitions()
    {
        // Losses on a coarse grid make ties frequent; a few are tiny, negative, huge or not finite.
        var loss = Gen.Frequency(
            (20, Gen.Int[8, 16].Select(i => i / 10.0)),
            (1, Gen.Int[-9, 0].Select(i => i / 10.0)),
            (2, Gen.Int[0, 3].Select(i => i * 1e-17)),
            (1, Gen.Double[5, 300]),
            (1, Gen.Int[0, 2].Select(i => Strange[i])));
        var sharpness = Gen.Frequency((3, Gen.Int[15, 25].Select(i => (double?)i)), (1, Gen.Const((double?)null)));
        var step = Gen.Select(loss, sharpness, Gen.Int[9, 10].Select(i => 2.0 * i));
        var band = Gen.Frequency((2, Gen.Const(0.0)), (1, Gen.Int[1, 3].Select(i => 0.05 * i))); // a band that holds one or two of the values
        Gen.Select(Gen.Double[0.5, 2], step.Array[0, 80], Gen.Int[1, 12], band).Sample((first, steps, maxOpen, width) =>
        {
            var losses = steps.Select(s => s.Item1).Prepend(first).ToArray();
            var sharpnesses = steps.Select(s => s.Item2).Prepend(19).ToArray();
            var thresholds = steps.Select(s => s.Item3).Prepend(20).ToArray();
            var definitions = new EventDefinitions(losses, sharpnesses, thresholds, Epsilon, maxOpen: maxOpen);
            var events = Detect(losses, sharpnesses, thresholds, new SpikeRules { MaxOpen = maxOpen }, width);

            Assert.Equal(definitions.Spikes(), events.OfType<SpikeEvent>().Select(s => new EventDefinitions.Spike(
                (int)s.OnsetStep, (int)s.OpenStep, (int)s.PeakStep, (int)s.EndStep, s.Outcome.ToString().ToLowerInvariant(),
                s.Kind.ToString().ToLowerInvariant(), s.Rise, (int?)s.FirstStepAboveThreshold, s.SharpnessPeak, s.ResidualMax)));
            Assert.Equal(
                Crossings(sharpnesses, thresholds, losses, definitions, width),
                events.OfType<CrossingEvent>().Select(c => new EventDefinitions.Crossing((int)c.Step, c.Direction.ToString())));
        }, iter: 3000, threads: 1);
    }

    [Fact]
    public void A_spike_is_recorded_with_all_its_numbers()
    {
        double[] losses = [1, 0.9, 0.9, 0.94, 0.95, 1.8, 1.2, 0.94, 0.9];
        double?[] sharpnesses = [10, 18, 19, 21, 24, 25, 18, 18, 17];
        var spike = Assert.Single(Detect(losses, sharpnesses, [.. losses.Select(_ => 20.0)], new SpikeRules()).OfType<SpikeEvent>());

        Assert.Equal((1, SpikeOutcome.Recovered, SpikeKind.Instability), (spike.Id, spike.Outcome, spike.Kind));
        Assert.Equal((2, 4, 5, 8), (spike.OnsetStep, spike.OpenStep, spike.PeakStep, spike.EndStep));
        Assert.Equal((0.9, 1.8, 2), (spike.OnsetLoss, spike.PeakLoss, spike.Rise));
        Assert.Equal(
            (20, 19, 25, 5, 17, 3),
            (spike.Threshold, spike.SharpnessAtOnset, spike.SharpnessPeak, spike.SharpnessPeakStep, spike.SharpnessAtEnd, spike.FirstStepAboveThreshold));
        Assert.Equal([0.25, 0.0625], spike.GradientShare);
        Assert.Equal((7 * 5, 1), (spike.Hvps, spike.ResidualMax));
        Assert.Equal("float64", spike.Dtype);
    }

    [Fact]
    public void Rounding_at_convergence_is_no_spike()
    {
        double[] losses = [1, 1e-3, 1e-12, 1e-18, 9e-18, 1e-18, 1e-17, 2e-18];

        Assert.Empty(Detect(losses, new double?[losses.Length], new double[losses.Length], new SpikeRules()));
    }

    [Fact]
    public void JSON_has_the_event_first_and_null_for_numbers_that_are_not_finite()
    {
        var json = RecordJson.Write(new DivergenceEvent(7, double.NaN, 5));

        Assert.Equal("""{"event":"divergence","step":7,"loss":null,"limit":5}""", json);
        Assert.Equal(
            """{"event":"crossing","step":3,"direction":"up","sharpness":20.5,"threshold":20}""",
            RecordJson.Write(new CrossingEvent(3, CrossingDirection.Up, 20.5, 20)));
    }

    /// <summary>The crossings up to a divergence; later steps are not observed.</summary>
    private static IEnumerable<EventDefinitions.Crossing> Crossings(
        double?[] sharpness, double[] threshold, double[] loss, EventDefinitions definitions, double band)
    {
        var end = definitions.Spikes().LastOrDefault() is { Outcome: "diverged" } last ? last.End : loss.Length - 1;
        return new EventDefinitions(loss[..(end + 1)], sharpness[..(end + 1)], threshold[..(end + 1)], Epsilon, band: band).Crossings();
    }

    private static List<MonitorEvent> Detect(double[] losses, double?[] sharpnesses, double[] thresholds, SpikeRules rules, double band = 0)
    {
        var (crossings, spikes) = (new CrossingDetector(band), new SpikeDetector(rules, TorchSharp.torch.ScalarType.Float64));
        var events = new List<MonitorEvent>();
        for (var t = 0; t < losses.Length; t++)
        {
            var seen = new Measurement
            {
                Step = t,
                Loss = losses[t],
                GradientNorm = 4,
                Threshold = thresholds[t],
                Eigenvalues = sharpnesses[t] is { } s ? [s, s - 1] : [],
                GradientDots = sharpnesses[t] is null ? [] : [2, 1],
                Residual = sharpnesses[t] is null ? null : t / 8.0,
                HessianProducts = 5,
            };
            if (crossings.Observe(seen) is { } crossing)
            {
                events.Add(crossing);
            }

            events.AddRange(spikes.Observe(seen));
            if (events.LastOrDefault() is DivergenceEvent)
            {
                return events;
            }
        }

        return spikes.Finish() is { } open ? [.. events, open] : events;
    }
}
