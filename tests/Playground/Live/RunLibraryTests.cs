using System.Net;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Playground;
using LossSpikes.Lab.Playground.Live;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>The runs of the folder runs over HTTP: one run by lab run, and what someone else might have put beside it.</summary>
[Trait("Speed", "Slow")]
public sealed class RunLibraryTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly LiveRuns _runs = new();
    private readonly HttpClient _client = new();
    private Server _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var run = LabResult.Run("run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--set", "steps=40", "--out", _folder["runs/small"]);
        Assert.True(run.ExitCode == 0, run.Diagnostics);
        var shelf = new ExperimentShelf([], new Dictionary<string, Experiment>(), null);
        _server = await Server.StartAsync(0, [], new LiveEndpoints(_runs, shelf, new RunLibrary(_folder["runs"])), TextWriter.Null, CancellationToken.None);
        _client.BaseAddress = _server.Address;
        _client.DefaultRequestHeaders.Add(AccessToken.Header, _server.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _runs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Runs_are_listed_with_their_settings_and_what_came_out()
    {
        Copy("small", "sweep/learning_rate=0.1");
        Copy("small", "open");
        File.Delete(_folder["runs/open/summary.json"]);
        Copy("small", "broken");
        File.WriteAllText(_folder["runs/broken/config.yaml"], "name: broken\n");
        Directory.CreateDirectory(_folder["runs/empty"]);

        var runs = await List();

        Assert.Equal(["broken", "open", "small", "sweep/learning_rate=0.1"], runs.Keys.Order(StringComparer.Ordinal));
        var summary = JsonDocument.Parse(File.ReadAllText(_folder["runs/small/summary.json"])).RootElement;
        var small = runs["small"];
        Assert.Equal(
            (0.35, 40, 0),
            (small.GetProperty("learning_rate").GetDouble(), small.GetProperty("steps").GetInt32(), small.GetProperty("seed").GetInt32()));
        Assert.Equal(
            ("gd", "mlp hidden 4", "digits examples 60", _folder["runs/small"]),
            (Text(small, "optimizer"), Text(small, "model"), Text(small, "data"), Text(small, "path")));
        Assert.Equal(summary.GetProperty("final_loss").GetDouble(), small.GetProperty("final_loss").GetDouble());
        Assert.Equal(summary.GetProperty("spikes").EnumerateObject().Sum(s => s.Value.GetInt32()), small.GetProperty("spikes").GetInt32());
        Assert.Contains(small.GetProperty("settings").EnumerateArray(), s => Text(s, "key") == "objective.model");
        Assert.Equal("report.html", small.GetProperty("files")[0].GetString());
        Assert.Equal(JsonValueKind.Null, runs["open"].GetProperty("outcome").ValueKind);
        Assert.Contains("needs the key", Text(runs["broken"], "problem"), StringComparison.Ordinal);

        static string Text(JsonElement of, string key) => of.GetProperty(key).GetString()!;
    }

    [Fact]
    public async Task Files_are_served_by_name_and_what_is_drawn_may_run_nothing()
    {
        foreach (var (file, type) in new[]
        {
            ("report.html", "text/html"), ("run.png", "image/png"), ("summary.json", "application/json"), ("config.yaml", "text/plain"),
            ("metrics.csv", "text/csv"),
        })
        {
            var answer = await _client.GetAsync($"api/runs/{file}?run=small", Token);
            Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Contains("; sandbox;", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        }

        Assert.Equal(
            File.ReadAllBytes(_folder["runs/small/figures/run.png"]), await _client.GetByteArrayAsync("api/runs/run.png?run=small", Token));
    }

    [Fact]
    public async Task No_name_leads_out_of_the_folder()
    {
        Copy("small", "../outside");
        Copy("small", "../outside/below");
        Directory.CreateSymbolicLink(_folder["runs/linked"], _folder["outside"]);

        string[] names = ["..", "../runs/small", "small/../small", "small/.", "./small", "/small", "small/",
            "linked", "linked/below", "small/checkpoints", "small\0", "a/b/c/d", ""];
        foreach (var name in names)
        {
            Assert.Equal(
                (name, HttpStatusCode.BadRequest),
                (name, (await _client.GetAsync($"api/runs/config.yaml?run={Uri.EscapeDataString(name)}", Token)).StatusCode));
        }

        Assert.Equal(["small"], (await List()).Keys);
    }

    [Fact]
    public async Task Other_files_links_and_pipes_are_not_served()
    {
        File.WriteAllText(_folder["secret"], "secret\n");
        Copy("small", "hostile");
        File.Delete(_folder["runs/hostile/report.html"]);
        File.CreateSymbolicLink(_folder["runs/hostile/report.html"], _folder["secret"]);
        File.CreateSymbolicLink(_folder["runs/hostile/figures/linked.png"], _folder["secret"]);
        File.Delete(_folder["runs/hostile/summary.json"]);
        if (!OperatingSystem.IsWindows())
        {
            using var pipe = System.Diagnostics.Process.Start("mkfifo", _folder["runs/hostile/summary.json"]);
            await pipe.WaitForExitAsync(Token);
        }

        foreach (var file in (string[])
            ["report.html", "linked.png", "summary.json", ".lock", "environment.json", "..%2fsecret", "figures", "checkpoints", "x.svg"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync($"api/runs/{file}?run=hostile", Token)).StatusCode);
        }

        Assert.DoesNotContain("report.html", (await List())["hostile"].GetProperty("files").EnumerateArray().Select(f => f.GetString()));
    }

    [Fact]
    public async Task A_run_that_is_opened_is_on_the_list_of_live_runs_until_it_is_removed()
    {
        Assert.Equal("{\"id\":1}", await Post("open?run=small"));
        Assert.Equal("{\"id\":1}", await Post("open?run=small"));
        var rows = await LiveLab.Reach(_runs.Traces.Single(), 41);
        Assert.Equal(41, rows.Rows);
        Assert.Equal(HttpStatusCode.BadRequest, (await _client.PostAsync("api/live/runs/1/pause", null, Token)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("api/live/runs/1/report.html", Token)).StatusCode);
        await Post("runs/1/remove");
        Assert.Empty(_runs.Traces);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("api/live/runs/1/report.html", Token)).StatusCode);
    }

    private void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(_folder[$"runs/{from}"], "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder[$"runs/{to}"], Path.GetRelativePath(_folder[$"runs/{from}"], file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private async Task<Dictionary<string, JsonElement>> List() =>
        JsonDocument.Parse(await _client.GetStringAsync("api/runs", Token)).RootElement.GetProperty("runs").EnumerateArray()
            .ToDictionary(r => r.GetProperty("name").GetString()!);

    private async Task<string> Post(string path)
    {
        var answer = await _client.PostAsync("api/live/" + path, null, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }
}
