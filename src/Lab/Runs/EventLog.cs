using System.Text;
using System.Text.Json;
using LossSpikes.Monitors;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Runs;

/// <summary>Reads events.jsonl.</summary>
internal static class EventLog
{
    private const int LongestProblem = 160;

    /// <summary>
    /// The events, in the file's order. A last line without its line break was cut short by a kill and is left out; anything else
    /// unexpected is refused.
    /// </summary>
    /// <exception cref="RunException">The file is missing, too large or holds something other than events of this version.</exception>
    public static IReadOnlyList<MonitorEvent> Read(string path)
    {
        var events = new List<MonitorEvent>();
        var rest = RunFile.CompleteLines(path);
        for (var line = 1; !rest.IsEmpty; line++)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            events.Add(Parse(rest.Span[..end]) ?? throw RunException.At(path, line, $"expected an event as a JSON object ({Problem(rest.Span[..end])})"));
            rest = rest[(end + 1)..];
        }

        return events;
    }

    /// <summary>The event on one line, or null where it is none.</summary>
    public static MonitorEvent? Parse(ReadOnlySpan<byte> line) => TryParse(line).Event;

    private static string Problem(ReadOnlySpan<byte> line) => Excerpt.Of(TryParse(line).Problem!, LongestProblem);

    private static (MonitorEvent? Event, string? Problem) TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            return (RecordJson.Read(Encoding.UTF8.GetString(line)), null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // Without the parser's own count of lines: each line of the file is a document to it.
            return (null, e.Message.Split(" Path:")[0].Split(" LineNumber:")[0].Split('\n')[0].TrimEnd('.', '\r'));
        }
    }
}
