using System.Buffers;
using System.Text.Json;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Monitors;
using Microsoft.AspNetCore.Http;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// Sends a page what is new of every run, ten times a second, as server-sent events. A page that was hidden for a while asks for
/// <c>?session=…&amp;seen=…</c> and gets what has come since; the session tells it when it meets another process.
/// </summary>
/// <param name="runs">The runs.</param>
/// <param name="closing">Ends all streams: the program is about to end.</param>
internal sealed class LiveStream(LiveRuns runs, CancellationToken closing)
{
    /// <summary>The most pages that may listen at a time.</summary>
    public const int MostClients = 16;

    // A buffer that has held a whole run is not kept for the small deltas that follow.
    private const int LargestBuffer = 1 << 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly JsonWriterOptions _options = new() { Encoder = RecordJson.Options.Encoder };
    private int _clients;

    /// <summary>Answers until the page is closed.</summary>
    public async Task Serve(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _clients) > MostClients)
            {
                throw new BusyException($"{MostClients} pages listen already; close one");
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing);
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            await Send(context.Response, Seen(context.Request.Query), end.Token);
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or all is.
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
        }
    }

    private SeenRun[] Seen(IQueryCollection query) => query["session"] == _session ? [.. query["seen"].Select(SeenRun.Parse).OfType<SeenRun>()] : [];

    private async Task Send(HttpResponse response, SeenRun[] seen, CancellationToken end)
    {
        var cursors = (from trace in runs.Traces
                       join known in seen.DistinctBy(s => s.Id) on trace.Header.Id equals known.Id
                       select (trace, known)).ToDictionary(pair => pair.trace, pair => new TraceCursor(pair.trace, pair.known));
        IReadOnlyList<RunTrace>? listed = null;
        var buffer = new ArrayBufferWriter<byte>();
        using var timer = new PeriodicTimer(Interval);
        do
        {
            var traces = runs.Traces;
            if (Write(buffer, traces, cursors) || !ReferenceEquals(traces, listed))
            {
                listed = traces;
                await response.Body.WriteAsync(buffer.WrittenMemory, end);
                await response.Body.FlushAsync(end);
            }

            buffer = buffer.Capacity > LargestBuffer ? new ArrayBufferWriter<byte>() : buffer;
            buffer.ResetWrittenCount();
        }
        while (await timer.WaitForNextTickAsync(end));
    }

    private bool Write(ArrayBufferWriter<byte> buffer, IReadOnlyList<RunTrace> traces, Dictionary<RunTrace, TraceCursor> cursors)
    {
        var anything = false;
        buffer.Write("data: "u8);
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            json.WriteString("session", _session);
            json.WriteStartArray("ids");
            foreach (var trace in traces)
            {
                json.WriteNumberValue(trace.Header.Id);
            }

            json.WriteEndArray();
            json.WriteStartArray("runs");
            foreach (var trace in traces)
            {
                if (!cursors.TryGetValue(trace, out var cursor))
                {
                    cursors[trace] = cursor = new TraceCursor(trace);
                }

                anything |= cursor.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        foreach (var gone in cursors.Keys.Except(traces).ToArray())
        {
            cursors.Remove(gone);
        }

        return anything;
    }
}
