using System.Text.Json;

namespace LossSpikes.Lab.Runs;

/// <summary>A run's events.jsonl in memory, in the file's order.</summary>
/// <param name="All">Every event as it stands in the file.</param>
/// <param name="Spikes">The events of kind <c>spike</c>.</param>
/// <param name="Crossings">The events of kind <c>crossing</c>.</param>
internal sealed record RunEvents(IReadOnlyList<JsonElement> All, IReadOnlyList<RecordedSpike> Spikes, IReadOnlyList<RecordedCrossing> Crossings)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new RecordedNumberConverter() },
    };

    /// <summary>Where the sharpness first went above the threshold; null when it never did.</summary>
    public RecordedCrossing? FirstCrossing => Crossings.FirstOrDefault(c => c.Direction == "up");

    /// <summary>Reads the file. A last line without its line break was cut short by a kill and is left out; anything else unexpected is refused.</summary>
    /// <exception cref="RunException">The file is missing, too large or holds something other than events.</exception>
    public static RunEvents Read(string path)
    {
        var (all, spikes, crossings) = (new List<JsonElement>(), new List<RecordedSpike>(), new List<RecordedCrossing>());
        var rest = RunFile.CompleteLines(path);
        for (var line = 1; !rest.IsEmpty; line++)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            try
            {
                using var document = JsonDocument.Parse(rest[..end]);
                var root = document.RootElement.Clone();
                all.Add(root);
                switch (Head(root).Event)
                {
                    case "spike":
                        spikes.Add(root.Deserialize<RecordedSpike>(Options)!);
                        break;
                    case "crossing":
                        crossings.Add(root.Deserialize<RecordedCrossing>(Options)!);
                        break;
                }
            }
            catch (JsonException e)
            {
                throw RunException.At(path, line, $"expected an event as a JSON object ({Reason(e)})", e);
            }

            rest = rest[(end + 1)..];
        }

        return new RunEvents(all, spikes, crossings);
    }

    private static EventHead Head(JsonElement root) => root.Deserialize<EventHead>(Options) ?? throw new JsonException("found null");

    /// <summary>What the parser says, without its own count of lines: each line of the file is a document to it.</summary>
    private static string Reason(JsonException e) => e.Message.Split(" Path:")[0].Split(" LineNumber:")[0].TrimEnd('.');

    private sealed record EventHead(string Event, int Step);
}
