using System.Text.Json.Nodes;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Flows;

/// <summary>events.jsonl of a flow, which holds S at T, against its definition applied to metrics.csv.</summary>
public sealed class FlowEventTests : IDisposable
{
    private const double Tolerance = 1e-3; // monitor.tolerance

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_what_is_more_than_the_tolerance_is_a_crossing()
    {
        var (rows, crossings) = Run("--set", "flow.kind=central");

        // It starts above the edge, leaves it once on its way down, comes back and is held.
        Assert.Equal(["up", "down", "up"], crossings.Select(c => c.Direction));
        Assert.Equal(Defined(rows, Tolerance), crossings);
        var held = rows.Where(r => r.Step > crossings[^1].Step).ToList();
        Assert.All(held, r => Assert.InRange(r.Sharpness / r.Threshold, 1 - Tolerance, 1 + Tolerance));
        Assert.True(Defined(rows, 0).Count > 3, "rounding does not move S across T here, so that the test could not fail");
    }

    /// <summary>Up at the first step with S > T, down at the first after it with S ≤ (1 − band)·T.</summary>
    private static List<(long Step, string Direction)> Defined(List<(long Step, double Sharpness, double Threshold)> rows, double band)
    {
        var found = new List<(long, string)>();
        for (var from = 0; ;)
        {
            var up = rows.FindIndex(from, r => r.Sharpness > r.Threshold);
            if (up < 0)
            {
                return found;
            }

            found.Add((rows[up].Step, "up"));
            var down = rows.FindIndex(up, r => r.Sharpness <= (1 - band) * r.Threshold);
            if (down < 0)
            {
                return found;
            }

            found.Add((rows[down].Step, "down"));
            from = down;
        }
    }

    private (List<(long Step, double Sharpness, double Threshold)> Rows, List<(long Step, string Direction)> Crossings) Run(params string[] settings)
    {
        var run = _folder["run"];
        var result = LabResult.Run(["run", _folder.Write("tiny.yaml", TinyFlow.Yaml), "--out", run, .. settings]);
        Assert.True(result.ExitCode == 0, result.Diagnostics);
        var table = MetricsColumns.Read(run);
        return (
            [.. table["step"].Select((t, i) => ((long)t, table["sharpness"][i], table["threshold"][i]))],
            [.. File.ReadLines(Path.Combine(run, "events.jsonl")).Select(l => JsonNode.Parse(l)!).Where(e => (string)e["event"]! == "crossing")
                .Select(e => ((long)e["step"]!, (string)e["direction"]!))]);
    }
}
