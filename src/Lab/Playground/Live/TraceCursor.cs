using System.Text.Json;
using LossSpikes.Lab.Figures;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// How far one page has read one run. Nothing is queued for a page: a slow one gets larger deltas. Every delta says from which row
/// on it holds, so that a page which connects again, or has grown too large, is simply sent everything again, thinned.
/// </summary>
internal sealed class TraceCursor(RunTrace trace)
{
    /// <summary>More rows than this are thinned before they are sent; every row that is sent is one of the run's.</summary>
    public const int MostRows = 20_000;

    private int _generation = -1, _read, _sent, _events;
    private RunStatus? _status;

    /// <summary>Writes what is new as one JSON object.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Write(Utf8JsonWriter json)
    {
        var now = trace.Now();
        if (now.Generation == _generation && now.Rows == _read && now.Events.Count == _events && ReferenceEquals(now.Status, _status))
        {
            return false;
        }

        var first = _generation < 0;
        if (now.Generation != _generation)
        {
            (_generation, _read, _sent, _events) = (now.Generation, 0, 0, 0);
        }

        int[]? thinned = null;
        if (now.Rows - _read > MostRows || _sent + now.Rows - _read > 2 * MostRows)
        {
            (_read, _sent) = (0, 0);
            thinned = now.Rows > MostRows ? Kept(now) : null;
        }

        json.WriteStartObject();
        json.WriteNumber("id", trace.Header.Id);
        if (first)
        {
            json.WritePropertyName("run");
            JsonSerializer.Serialize(json, trace.Header, RecordJson.Options);
        }

        json.WritePropertyName("status");
        JsonSerializer.Serialize(json, now.Status, RecordJson.Options);
        json.WriteNumber("rows", now.Rows);
        json.WriteNumber("from", _sent);
        json.WriteStartObject("columns");
        for (var i = 0; i < now.Columns.Length; i++)
        {
            json.WriteStartArray(now.Schema[i].Name);
            WriteValues(json, now.Columns[i], thinned, _read, now.Rows);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        WriteEvents(json, now);
        json.WriteEndObject();
        _sent += thinned?.Length ?? now.Rows - _read;
        (_read, _events, _status) = (now.Rows, now.Events.Count, now.Status);
        return true;
    }

    /// <summary>The rows that show every extreme of what is drawn.</summary>
    private static int[] Kept(TraceSnapshot now)
    {
        string[] drawn = ["loss", "sharpness", "gradient_dot_v1", "gradient_dot_v2"];
        return [.. now.Columns.Where((_, i) => drawn.Contains(now.Schema[i].Name)).SelectMany(c => Thinning.Kept(c[..now.Rows])).Distinct().Order()];
    }

    private static void WriteValues(Utf8JsonWriter json, double[] column, int[]? rows, int from, int to)
    {
        for (var i = rows is null ? from : 0; i < (rows?.Length ?? to); i++)
        {
            var value = column[rows?[i] ?? i];
            if (double.IsFinite(value))
            {
                json.WriteNumberValue(value);
            }
            else
            {
                json.WriteNullValue(); // as events.jsonl has it; a diverging run is a normal case
            }
        }
    }

    private void WriteEvents(Utf8JsonWriter json, TraceSnapshot now)
    {
        json.WriteNumber("events_from", _events);
        json.WriteStartArray("events");
        foreach (var happened in now.Events[_events..])
        {
            json.WriteStartObject();
            json.WriteString("text", happened.Describe());
            json.WritePropertyName("record");
            JsonSerializer.Serialize(json, happened, RecordJson.Options);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
