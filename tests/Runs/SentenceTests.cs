using System.Globalization;
using System.Text.RegularExpressions;
using LossSpikes.Monitors;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Runs;

/// <summary>Every number that the sentence of a spike prints, computed again from metrics.csv; a number that no rule here covers fails.</summary>
public sealed class SentenceTests : IDisposable
{
    private const string Number = @"(-?[\d.]+(?:E[+-]?\d+)?)";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, "catapult.yaml", "steps=30")]
    [InlineData(true, "minimal-example.yaml", "steps=60")]
    [InlineData(true, "quadratic.yaml", "optimizer.learning_rate=1")]
    [InlineData(true, "quadratic.yaml", "optimizer.learning_rate=0.3", "optimizer.schedule={ kind: list, values: { 5: 0.7 } }", "steps=60")]
    public void Its_numbers_follow_from_the_metrics(bool explain, string experiment, params string[] settings) => Check(explain, experiment, settings);

    [Theory]
    [InlineData(false, "power-law.yaml", "steps=500")]
    [InlineData(true, "power-law.yaml", "optimizer.learning_rate=95", "steps=250")]
    [InlineData(true, "momentum.yaml", "steps=260")]
    [InlineData(true, "cross-entropy.yaml", "steps=60")]
    [InlineData(true, "chebyshev.yaml", "optimizer.learning_rate=0.06", "optimizer.schedule={ kind: list, values: { 300: 0.1 } }", "steps=420")]
    [InlineData(true, "power-law.yaml")]
    [InlineData(true, "adam.yaml", "steps=1500")]
    [InlineData(true, "learning-rate-drop.yaml", "steps=600")]
    [Trait("Speed", "Slow")]
    public void Its_numbers_follow_from_the_metrics_of_long_runs(bool explain, string experiment, params string[] settings) =>
        Check(explain, experiment, settings);

    private void Check(bool explain, string experiment, string[] settings)
    {
        var folder = _folder["run"];
        var set = settings.Prepend($"monitor.explain={(explain ? "true" : "false")}").SelectMany(s => (string[])["--set", s]);
        LabResult.Run(["run", Repository.File($"experiments/{experiment}"), "--out", folder, .. set]);
        var rows = Rows.Of(Path.Combine(folder, "metrics.csv"));
        var spikes = File.ReadLines(Path.Combine(folder, "events.jsonl")).Select(RecordJson.Read).OfType<SpikeEvent>().ToList();

        Assert.NotEmpty(spikes);
        for (var i = 0; i < spikes.Count; i++)
        {
            Check(spikes[i].Describe(), new SpikeNumbers(rows, spikes[i], i == 0 ? null : spikes[i - 1].EndStep));
        }
    }

    private static void Check(string sentence, SpikeNumbers truth)
    {
        var rest = sentence;
        Consume(@"^(?:spike|rise) (\d+)", _ => [truth.Spike.Id]);
        Consume(@"steps (\d+)–(\d+)", _ => [truth.Spike.OnsetStep, truth.Spike.EndStep]);
        Consume($"×{Number} at step (\\d+)", _ => [truth.Rise, truth.PeakStep]);
        Consume($"loss ×{Number}", _ => [truth.Rise]);
        Consume($"loss {Number} → {Number} at step (\\d+)", _ => [truth.OnsetLoss, truth.PeakLoss, truth.PeakStep]);
        Consume($"loss {Number} → {Number}", _ => [truth.OnsetLoss, truth.PeakLoss]);
        Consume($"sharpness peaked at {Number}, {Number} of the threshold", _ => [truth.HighestSharpness, truth.HighestSharpness / truth.OpeningThreshold]);
        Consume($"exceeded the threshold by up to {Number} % in (\\d+) steps?", _ => [100 * (truth.HighestRatio - 1), truth.StepsAbove]);
        Consume($"S began {Number} % above the threshold", _ => [100 * (truth.FirstRatio - 1)]);
        Consume($"catapulted to {Number} % below it", _ => [100 * (1 - truth.LowestRatioAfterPeak)]);
        Consume($"threshold fell by {Number} % in the steps up to step (\\d+), to below S", m => [100 * truth.ThresholdFall(Step(m, 2)), Step(m, 2)]);
        Consume(
            $"steps up to step (\\d+) the sharpness of P⁻¹H rose by {Number} %, that of H by {Number} %",
            m => [Step(m, 1), 100 * truth.SharpnessRise(Step(m, 1), "sharpness"), 100 * truth.SharpnessRise(Step(m, 1), "raw_sharpness")]);
        Consume("P⁻¹H", _ => []);
        Consume(@"eigenvector (\d+) burst", _ => [truth.BurstRank]);
        Consume($"grew ×{Number} per step \\(predicted {Number}\\)", _ => [truth.Growth.Measured, truth.Growth.Predicted]);
        Consume(@"(\d+) changes of side; displacements make (-?[\d,]+) % of the first rise", _ => [truth.Alternations, 100 * truth.EnergyShare]);
        Consume($"lower η below {Number}", _ => [truth.LastLearningRate * truth.OpeningThreshold / truth.HighestSharpness]);
        Consume(@"data of step (\d+)", _ => [truth.PeakStep]);
        Consume("float(?:32|64)", _ => []);
        Assert.False(rest.Any(char.IsDigit), $"no rule covers a number in: {rest}");

        void Consume(string pattern, Func<Match, double[]> expected)
        {
            if (Regex.Match(rest, pattern) is { Success: true } match)
            {
                var numbers = expected(match);
                for (var i = 0; i < numbers.Length; i++)
                {
                    AssertPrinted(match.Groups[i + 1].Value.Replace(",", "", StringComparison.Ordinal), numbers[i], sentence);
                }

                rest = rest.Remove(match.Index, match.Length);
            }
        }
    }

    private static long Step(Match match, int group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    /// <summary>The printed digits are those of the number, to half of the last one.</summary>
    private static void AssertPrinted(string printed, double expected, string sentence)
    {
        var mantissa = printed.Split('E')[0];
        var digits = mantissa.Contains('.', StringComparison.Ordinal) ? mantissa.Length - mantissa.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        var exponent = printed.Contains('E', StringComparison.Ordinal) ? int.Parse(printed.Split('E')[1], CultureInfo.InvariantCulture) : 0;
        var unit = Math.Pow(10, exponent - digits);
        var value = double.Parse(printed, CultureInfo.InvariantCulture);
        Assert.True(Math.Abs(value - expected) <= 0.500001 * unit, $"{printed} is printed for {expected:R} in: {sentence}");
    }
}
