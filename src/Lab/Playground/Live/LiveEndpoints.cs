using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Monitors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>What the page of live training asks for: choices by name and number, never paths or files. A GET changes nothing.</summary>
/// <param name="runs">The runs.</param>
/// <param name="shelf">What can be started.</param>
/// <param name="library">What has been run.</param>
internal sealed class LiveEndpoints(LiveRuns runs, ExperimentShelf shelf, RunLibrary library)
{
    private readonly SpikeTable _spikes = new();

    /// <summary>Adds the routes.</summary>
    /// <param name="app">The routes.</param>
    /// <param name="closing">The server is about to stop.</param>
    public void Map(IEndpointRouteBuilder app, CancellationToken closing)
    {
        var stream = new LiveStream(runs, closing);
        app.MapGet("/api/live/stream", stream.Serve);
        app.MapGet("/api/live/experiments", context => Answer(context, new { experiments = shelf.Cards, shelf.Problem, LiveRuns.MostRuns }));
        app.MapGet("/api/live/comparison", context => Answer(context, Compared(context.Request.Query["run"])));
        app.MapGet("/api/live/runs/{id:int}/rows", SendRows);
        app.MapGet("/api/live/runs/{id:int}/{file}", context => Trace(context) is { } trace
            ? RunFiles.Send(context, Path.GetFullPath(trace.Header.Folder), (string)context.GetRouteValue("file")!)
            : Refusal.Write(context, StatusCodes.Status404NotFound, "there is no such run on the list"));
        app.MapGet("/api/runs", List);
        app.MapGet("/api/runs/{file}", context => RunFiles.Send(context, library.Find(Text(context, "run")), (string)context.GetRouteValue("file")!));
        app.MapPost("/api/live/open", async context => await Answer(context, new { id = await runs.Open(library.Find(Text(context, "run"))) }));
        app.MapPost(
            "/api/live/runs",
            async context => await Answer(context, new { id = await runs.Start(Shaped(context), context.Request.Query.ContainsKey("paused")) }));
        app.MapPost(
            "/api/live/runs/{id:int}/branch", async context => await Answer(context, new { id = await runs.Branch(Id(context), Number(context, "spike")) }));
        app.MapPost("/api/live/runs/{id:int}/learning_rate", ChangeLearningRate);
        app.MapPost("/api/live/runs/{id:int}/pause", context => Act(context, runs.Pause));
        app.MapPost("/api/live/runs/{id:int}/resume", context => Act(context, runs.Resume));
        app.MapPost("/api/live/runs/{id:int}/step", context => Act(context, runs.Step));
        app.MapPost("/api/live/runs/{id:int}/stop", context => Act(context, runs.Stop));
        app.MapPost("/api/live/runs/{id:int}/remove", context => Act(context, runs.Remove));
    }

    private static async Task Act(HttpContext context, Func<int, Task<RunStatus>> act) => await Answer(context, await act(Id(context)));

    private async Task ChangeLearningRate(HttpContext context) => await Answer(context, await runs.ChangeLearningRate(Id(context), LearningRate(context)));

    private static Task Answer(HttpContext context, object value)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(JsonSerializer.Serialize(value, RecordJson.Options));
    }

    /// <summary>The spike statistics of some runs, those of lab compare; only of runs that have rows.</summary>
    private IEnumerable<object> Compared(IReadOnlyList<string?> ids) =>
        from trace in runs.Traces
        where ids.Contains(trace.Header.Id.ToString(CultureInfo.InvariantCulture))
        let spikes = _spikes.Of(trace)
        where spikes is not null
        select new { trace.Header.Id, Spikes = spikes };

    private Task List(HttpContext context)
    {
        var (listed, count) = library.List();
        return Answer(context, new { runs = listed, count });
    }

    /// <summary>The experiment of a start, in the shape that the page gave it.</summary>
    private Experiment Shaped(HttpContext context)
    {
        var query = context.Request.Query;
        return shelf.Shaped(Text(context, "experiment"), name => query.ContainsKey(name) ? Once(context, name) : null, query.ContainsKey("explain"));
    }

    /// <summary>All rows of a range of steps, for a page that has a thinned run and looks closer.</summary>
    private async Task SendRows(HttpContext context)
    {
        if (Trace(context) is not { } trace)
        {
            await Refusal.Write(context, StatusCodes.Status404NotFound, "there is no such run on the list");
            return;
        }

        await Answer(context, trace.Now().Between(Number(context, "from"), Number(context, "to"), TraceCursor.MostRows));
    }

    private RunTrace? Trace(HttpContext context) => runs.Traces.FirstOrDefault(t => t.Header.Id == Id(context));

    private static int Id(HttpContext context) => int.Parse((string)context.GetRouteValue("id")!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string Text(HttpContext context, string key) => Once(context, key) is { Length: > 0 } value ? value : throw NotOnce(key);

    private static string Once(HttpContext context, string key) => context.Request.Query[key] is [{ } value] ? value : throw NotOnce(key);

    private static InputException NotOnce(string key) => new($"expected {key} once");

    private static int Number(HttpContext context, string key) =>
        StrictNumber.TryParse(Text(context, key), out int value)
            ? value
            : throw new InputException($"{key} must be a whole number");

    private static double LearningRate(HttpContext context) =>
        RunShape.RequireLearningRate(StrictNumber.TryParse(Text(context, "value"), out double value) ? value : double.NaN);
}
