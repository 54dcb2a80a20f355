using System.Text.Json;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Replays;

/// <summary>replay.json: the spike that was replayed, the change, and both outcomes.</summary>
/// <param name="Run">The folder of the run with the spike.</param>
/// <param name="Spike">The spike's number there.</param>
/// <param name="Change">The change.</param>
/// <param name="Checkpoint">The step at which the counterfactual run starts.</param>
/// <param name="At">The step of the change; up to it both runs are identical.</param>
/// <param name="Was">The recorded run.</param>
/// <param name="WouldHaveBeen">The counterfactual run, with its spike of the same number.</param>
internal sealed record ReplayReport(string Run, int Spike, string Change, long Checkpoint, long At, Branch Was, Branch WouldHaveBeen)
{
    private static readonly JsonSerializerOptions Json = new(RecordJson.Options) { WriteIndented = true };

    /// <summary>The report as JSON, with further values.</summary>
    public string Describe(params IEnumerable<(string Key, string Value)> more)
    {
        var json = JsonSerializer.SerializeToNode(this, Json)!;
        foreach (var (key, value) in more)
        {
            json[key] = value;
        }

        return json.ToJsonString(Json);
    }
}
