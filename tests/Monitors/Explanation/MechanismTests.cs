using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Tests.Commands;
using LossSpikes.Tests.Runs;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Explanation;

/// <summary>Runs whose mechanism is known in advance.</summary>
public sealed class MechanismTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_converging_power_law_has_no_events() =>
        Assert.DoesNotContain(Lab("power-law.yaml", "optimizer.learning_rate=50", "steps=1500"), e => e is not AuditEvent);

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_power_law_past_its_edge_bursts_and_then_oscillates_without_end()
    {
        var spikes = Lab("power-law.yaml", "optimizer.learning_rate=70", "steps=2500").OfType<SpikeEvent>().ToList();
        var bursts = spikes.TakeWhile(s => s.Mechanism == Mechanism.EdgeOfStability).Count();

        Assert.InRange(bursts, 1, spikes.Count - 5);
        Assert.All(spikes.Skip(bursts), s => Assert.Equal(Mechanism.SustainedOscillation, s.Mechanism));
    }

    [Theory]
    [InlineData(85)]
    [InlineData(95)]
    [Trait("Speed", "Slow")]
    public void The_bursts_of_the_power_law_carry_one_mechanism(double learningRate)
    {
        var spikes = Lab("power-law.yaml", $"optimizer.learning_rate={learningRate}").OfType<SpikeEvent>().ToList();

        Assert.True(spikes.Count > 30);
        Assert.All(spikes, s => Assert.Equal((SpikeKind.Instability, Mechanism.EdgeOfStability), (s.Kind, s.Mechanism)));
        Assert.Contains("\"oscillating\"", File.ReadAllText(Path.Combine(_folder["run"], "summary.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[2.0, 2.0, 1.0]")]
    [InlineData("[2.0, 2.0, 2.0, 2.0]")]
    public void Equal_eigenvalues_do_not_hide_a_raised_learning_rate(string eigenvalues)
    {
        var spike = Assert.Single(Lab(
            "quadratic-50.yaml",
            $"objective={{ kind: quadratic, eigenvalues: {eigenvalues}, start: [{string.Join(", ", eigenvalues.Split(',').Select(_ => "1"))}] }}",
            "optimizer.learning_rate=0.8",
            "optimizer.schedule={ kind: list, values: { 20: 1.3, 45: 0.8 } }",
            "steps=80").OfType<SpikeEvent>());

        Assert.Equal((Mechanism.LearningRateChange, 20L), (spike.Mechanism, spike.Evidence!.ChangeStep));
        Assert.Equal(Math.Log(1.3 / 0.8), spike.Evidence.ThresholdFall!.Value, 1e-12);
        Assert.Equal(1.6, spike.GrowthPerStep!.Measured, 1e-6);
        Assert.Equal(1.6, spike.GrowthPerStep.Predicted, 1e-12);
    }

    [Fact]
    public void A_divergence_after_a_jump_of_the_learning_rate_names_both()
    {
        var spike = Assert.Single(Lab(
            "quadratic.yaml", "optimizer.learning_rate=0.3", "optimizer.schedule={ kind: list, values: { 5: 0.7 } }", "steps=60").OfType<SpikeEvent>());

        Assert.Equal((Mechanism.Divergence, Mechanism.LearningRateChange), (spike.Mechanism, spike.Cause));
        Assert.Contains("the threshold fell by 57.1 %", spike.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_spike_between_two_measurements_has_no_evidence()
    {
        // The catapult opens at step 1 and recovers at step 11.
        var spike = Lab("catapult.yaml", "steps=30", "monitor.every=20").OfType<SpikeEvent>().First();

        Assert.Equal((SpikeKind.Instability, Mechanism.Unknown), (spike.Kind, spike.Mechanism));
        Assert.Null(spike.Evidence);
        Assert.Contains("not measured while the spike rose", Assert.Single(spike.LeftOut!), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_start_far_above_the_threshold_is_never_no_instability()
    {
        var spikes = Lab("minimal-example.yaml").OfType<SpikeEvent>().ToList();

        Assert.Contains(spikes, s => s.Evidence!.HighestRatio > 1.9);
        Assert.DoesNotContain(spikes, s => s.Mechanism == Mechanism.Unknown);
    }

    [Fact]
    public void A_network_started_above_its_threshold_is_a_catapult()
    {
        var spike = Lab("catapult.yaml", "steps=30").OfType<SpikeEvent>().First();

        Assert.Equal(Mechanism.Catapult, spike.Mechanism);
        Assert.True(spike.Evidence!.AboveFromStart);
    }

    [Fact]
    public void A_quadratic_above_its_threshold_diverges()
    {
        var spike = Assert.Single(Lab("quadratic.yaml", "optimizer.learning_rate=1").OfType<SpikeEvent>());

        Assert.Equal((Mechanism.Divergence, SpikeOutcome.Diverged), (spike.Mechanism, spike.Outcome));
    }

    [Fact]
    public void A_raised_learning_rate_is_named_as_the_mechanism()
    {
        var spike = Lab(
            "chebyshev.yaml",
            "optimizer.learning_rate=0.06",
            "optimizer.schedule={ kind: list, values: { 300: 0.1 } }",
            "steps=420").OfType<SpikeEvent>().First();

        Assert.Equal((Mechanism.LearningRateChange, 300L), (spike.Mechanism, spike.CrossingStep));
        Assert.Equal(Math.Log(0.1 / 0.06), spike.Evidence!.ThresholdFall!.Value, 1e-12);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Adam_at_its_edge_is_moved_by_its_preconditioner()
    {
        var spike = Lab("adam.yaml", "steps=1140").OfType<SpikeEvent>().First();

        Assert.Equal(Mechanism.Preconditioner, spike.Mechanism);
        Assert.Null(spike.GrowthPerStep); // |1 − ηS| is gradient descent's
        Assert.Contains(spike.LeftOut!, why => why.StartsWith("growth_per_step", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Adam_whose_second_moment_decays_has_one_spike_a_burst()
    {
        // On a quadratic the gradient vanishes, v with it, and λ₁ of P⁻¹H rises above 38/η again and again.
        var events = Lab("quadratic.yaml", "optimizer={ kind: adam, learning_rate: 0.05, beta2: 0.99 }", "steps=3000");
        var rows = Steps(Path.Combine(_folder["run"], "metrics.csv"));
        var above = rows.Where(r => r.Sharpness > r.Threshold).Select(r => r.Step).ToList();
        var bursts = above.Where((step, i) => i == 0 || step - above[i - 1] > 10).ToList();
        var spikes = events.OfType<SpikeEvent>().Where(s => s.Kind == SpikeKind.Instability).ToList();

        Assert.InRange(bursts.Count, 10, 40);
        Assert.InRange(spikes.Count, bursts.Count / 2, bursts.Count);
        Assert.All(spikes.Zip(spikes.Skip(1)), pair => Assert.Contains(bursts, b => b > pair.First.OpenStep && b <= pair.Second.OpenStep));

        static List<(long Step, double Sharpness, double Threshold)> Steps(string path)
        {
            var table = Rows.Of(path);
            return [.. Enumerable.Range(0, table.Cells.Count).Select(t => ((long)t, table[t, "sharpness"], table[t, "threshold"]))];
        }
    }

    [Fact]
    public void Momentum_that_passes_through_a_minimum_is_no_instability() =>
        Assert.All(
            Lab("momentum.yaml", "steps=60").OfType<SpikeEvent>(),
            s => Assert.Equal((Mechanism.Unknown, 0), (s.Mechanism, s.Evidence!.StepsAboveThreshold)));

    [Fact]
    public void Several_modes_at_the_edge_are_reported_instead_of_a_forecast()
    {
        var forecast = Assert.Single(Lab("cross-entropy.yaml", "steps=30").OfType<ForecastEvent>(), f => f.Kind == ForecastKind.Spike);

        Assert.Null(forecast.Expected);
        Assert.Equal(1, forecast.Rank);
        Assert.Contains("one mode is not enough", forecast.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(120, 0.2)] // far below the edge
    [InlineData(320, 0.6)] // at the edge, between two spikes
    [Trait("Speed", "Slow")]
    public void Labels_permuted_in_the_middle_of_a_run_are_no_instability(int at, double learningRate)
    {
        manual_seed(0);
        using var module = nn.Sequential(nn.Linear(8, 20, dtype: ScalarType.Float64), nn.Tanh(), nn.Linear(20, 4, dtype: ScalarType.Float64));
        var inputs = randn([60, 8], dtype: ScalarType.Float64);
        var targets = nn.functional.one_hot(inputs.narrow(1, 0, 4).argmax(1), 4).to(ScalarType.Float64);
        var permuted = targets[randperm(60)];
        using var objective = new AutogradObjective(module.parameters(), () => new LossTerm((module.call(inputs) - targets).square().sum() / 60));

        var run = WatchedDescent.Of(objective, learningRate, at + 40, before: step => targets = step == at ? permuted : targets);

        var poisoned = run.Spikes.First(s => s.EndStep >= at && s.PeakStep >= at);
        Assert.Equal(at, poisoned.PeakStep);
        Assert.Equal(at, poisoned.OpenStep);
        Assert.Equal(Mechanism.Unknown, poisoned.Mechanism);
    }

    private List<MonitorEvent> Lab(string experiment, params string[] settings)
    {
        var folder = _folder["run"];
        var set = settings.Prepend("monitor.explain=true").SelectMany(s => (string[])["--set", s]);
        LabResult.Run(["run", Repository.File($"experiments/{experiment}"), "--out", folder, .. set]);
        return [.. File.ReadLines(Path.Combine(folder, "events.jsonl")).Select(RecordJson.Read)];
    }
}
