using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Playground.Requests;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>What the page of live training asks for: choices by name and number, never paths or files. A GET changes nothing.</summary>
/// <param name="runs">The runs.</param>
/// <param name="shelf">What can be started.</param>
internal sealed class LiveEndpoints(LiveRuns runs, ExperimentShelf shelf)
{
    // Below the least, 2/η and the thresholds of other optimizers are no finite numbers.
    private const double LeastLearningRate = 1e-300, LargestLearningRate = 1e6;

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
        app.MapGet("/api/live/runs/{id:int}/metrics.csv", SendMetrics);
        app.MapPost(
            "/api/live/runs",
            async context => await Answer(context, new { id = await runs.Start(Text(context, "experiment"), context.Request.Query.ContainsKey("explain")) }));
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

    private async Task SendMetrics(HttpContext context)
    {
        var trace = runs.Traces.FirstOrDefault(t => t.Header.Id == Id(context));
        if (trace is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"metrics.csv\"";
        await context.Response.Body.WriteAsync(RunFile.CompleteLines(Path.Combine(trace.Header.Folder, RecordedRun.MetricsFile)), context.RequestAborted);
    }

    private static int Id(HttpContext context) => int.Parse((string)context.GetRouteValue("id")!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string Text(HttpContext context, string key) =>
        context.Request.Query[key] is [{ Length: > 0 } value] ? value : throw new InputException($"expected {key} once");

    private static int Number(HttpContext context, string key) =>
        StrictNumber.TryParse(Text(context, key), out int value)
            ? value
            : throw new InputException($"{key} must be a whole number");

    private static double LearningRate(HttpContext context) =>
        StrictNumber.TryParse(Text(context, "value"), out double value) && value is >= LeastLearningRate and <= LargestLearningRate
            ? value
            : throw new InputException(
                FormattableString.Invariant($"the learning rate must be a number from {LeastLearningRate} to {LargestLearningRate}, with a decimal point"));
}
