using System.Text.Json;
using LossSpikes.Lab.Figures;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// How far one page has read one run. Nothing is queued for a page: a slow one gets larger deltas. Every delta says from which row
/// and event on it holds, so that a page which has grown too large is simply sent everything again, thinned; a page that connects again
/// says how far it has come, and goes on from there.
/// </summary>
internal sealed class TraceCursor
{
    /// <summary>More rows than this are thinned before they are sent; every row that is sent is one of the run's.</summary>
    public const int MostRows = 20_000;

    private const int LookEvery = 1000; // ms

    private readonly RunTrace _trace;
    private readonly Dictionary<string, int> _counts = [];
    private int _generation = -1, _read, _sent, _events, _counted;
    private RunStatus? _status;
    private bool _gone;
    private IReadOnlyList<RateChange>? _changes;
    private IReadOnlyList<string> _files = [];
    private long _looked = -LookEvery;

    /// <param name="trace">The run.</param>
    /// <param name="seen">What the page has of it already, if anything.</param>
    public TraceCursor(RunTrace trace, SeenRun? seen = null)
    {
        _trace = trace;
        if (seen is not null && trace.Now() is var now && seen.Generation == now.Generation && seen.Rows <= now.Rows && seen.Events <= now.Events.Count)
        {
            (_generation, _read, _sent, _events) = (seen.Generation, seen.Rows, seen.Sent, seen.Events);
        }
    }

    /// <summary>Writes what is new as one JSON object.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Write(Utf8JsonWriter json)
    {
        var (now, (gone, files)) = (_trace.Now(), Look());
        if (now.Generation == _generation && now.Rows == _read && now.Events.Count == _events && ReferenceEquals(now.Status, _status)
            && ReferenceEquals(now.Changes, _changes) && gone == _gone && files.SequenceEqual(_files))
        {
            return false;
        }

        var first = _generation < 0;
        if (now.Generation != _generation)
        {
            (_generation, _read, _sent, _events, _counted) = (now.Generation, 0, 0, 0, 0);
            _counts.Clear();
        }

        int[]? thinned = null;
        if (now.Rows - _read > MostRows || _sent + now.Rows - _read > 2 * MostRows)
        {
            (_read, _sent) = (0, 0);
            thinned = now.Rows > MostRows ? Kept(now) : null;
        }

        json.WriteStartObject();
        json.WriteNumber("id", _trace.Header.Id);
        if (first)
        {
            json.WritePropertyName("run");
            JsonSerializer.Serialize(json, _trace.Header, RecordJson.Options);
        }

        json.WritePropertyName("status");
        JsonSerializer.Serialize(json, now.Status, RecordJson.Options);
        json.WriteBoolean("gone", gone);
        if (!ReferenceEquals(now.Changes, _changes))
        {
            json.WritePropertyName("changes");
            JsonSerializer.Serialize(json, now.Changes, RecordJson.Options);
        }

        if (_status is null || !files.SequenceEqual(_files))
        {
            json.WritePropertyName("files");
            JsonSerializer.Serialize(json, files, RecordJson.Options);
        }

        json.WriteNumber("generation", now.Generation);
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
        (_read, _events, _status, _changes) = (now.Rows, now.Events.Count, now.Status, now.Changes);
        (_gone, _files) = (gone, files);
        return true;
    }

    /// <summary>Whether the run's folder is not there any more, and the files in it that pages link to, by a look a second.</summary>
    private (bool Gone, IReadOnlyList<string> Files) Look()
    {
        if (Environment.TickCount64 - _looked < LookEvery)
        {
            return (_gone, _files);
        }

        _looked = Environment.TickCount64;
        return (!Directory.Exists(_trace.Header.Folder), RunFiles.Of(_trace.Header.Folder));
    }

    /// <summary>The rows that show every extreme of what is drawn.</summary>
    private static int[] Kept(TraceSnapshot now) =>
        [.. now.Columns.Where((_, i) => IsDrawn(now.Schema[i].Name)).SelectMany(c => Thinning.Kept(c[..now.Rows])).Distinct().Order()];

    private static bool IsDrawn(string column) =>
        column is "loss" or "batch_loss" or "sharpness" or "gradient_dot_v1" or "gradient_dot_v2" or "lambda_2" or "lambda_3" or "guard_1" or "guard_2";

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
        for (; _counted < now.Events.Count; _counted++)
        {
            var kind = EventDigest.Kind(now.Events[_counted]);
            _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        }

        json.WritePropertyName("counts");
        JsonSerializer.Serialize(json, _counts);
        json.WriteNumber("happened", now.Events.Count);
        json.WriteNumber("events_from", _events);
        json.WriteStartArray("events");
        foreach (var i in EventDigest.Kept(now.Events, _events))
        {
            json.WriteStartObject();
            json.WriteNumber("index", i);
            json.WriteString("kind", EventDigest.Kind(now.Events[i]));
            json.WriteString("text", now.Events[i].Describe());
            json.WritePropertyName("record");
            JsonSerializer.Serialize(json, now.Events[i], RecordJson.Options);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
