using System.Text.Json;
using LossSpikes.Monitors.Records;

namespace LossSpikes.Lab.Replays;

/// <summary>replay.json: which spike was given another future, how, and what came of it.</summary>
/// <param name="Run">The folder of the run with the spike.</param>
/// <param name="Spike">The spike's number there.</param>
/// <param name="Change">The change.</param>
/// <param name="Checkpoint">The step from which the second future goes on.</param>
/// <param name="At">The step of the change; up to it both futures are one.</param>
/// <param name="Was">The first future.</param>
/// <param name="WouldHaveBeen">The second, with its spike of the same number.</param>
internal sealed record ReplayReport(string Run, int Spike, string Change, long Checkpoint, long At, Future Was, Future WouldHaveBeen)
{
    private static readonly JsonSerializerOptions Json = new(EventJson.Options) { WriteIndented = true };

    /// <summary>The report as JSON, with what else is to be said of it.</summary>
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
