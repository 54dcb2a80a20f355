using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LossSpikes.Lab.Experiments;
using LossSpikes.Lab.Playground;
using LossSpikes.Lab.Playground.Live;

namespace LossSpikes.Tests.Playground.Live;

/// <summary>Live training over HTTP, as a page uses it.</summary>
public sealed class LiveServerTests : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly LiveLab _lab = new("steps=100000");
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Server _server = null!;

    public async ValueTask InitializeAsync()
    {
        var card = ExperimentCard.Of("small", _lab.Experiment, "# Small.\n");
        _server = await Server.StartAsync(
            0,
            [],
            new LiveEndpoints(
                _lab.Runs, new ExperimentShelf([card], new Dictionary<string, Experiment> { ["small"] = _lab.Experiment }, null), new RunLibrary("runs")),
            TextWriter.Null,
            CancellationToken.None);
        _client.BaseAddress = _server.Address;
        _client.DefaultRequestHeaders.Add(AccessToken.Header, _server.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public async Task A_page_starts_steers_and_reads_a_run()
    {
        Assert.Contains("Small.", await _client.GetStringAsync("api/live/experiments", Token), StringComparison.Ordinal);
        Assert.Equal("{\"id\":1}", await Post("runs?experiment=small&explain"));
        await LiveLab.Reach(_lab.Trace(1), 3);
        var paused = JsonDocument.Parse(await Post("runs/1/pause")).RootElement.GetProperty("step").GetInt32();
        Assert.Equal(0.2, JsonDocument.Parse(await Post("runs/1/learning_rate?value=0.2")).RootElement.GetProperty("learning_rate").GetDouble());

        using var first = await Messages();
        using var second = await Messages();
        var (one, other) = (await Read(first), await Read(second));
        Assert.Equal(one, other);
        Assert.Equal(paused, JsonDocument.Parse(one).RootElement.GetProperty("runs")[0].GetProperty("columns").GetProperty("loss").GetArrayLength());
        Assert.Equal(
            paused + 1, (await _client.GetStringAsync("api/live/runs/1/metrics.csv", Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("explain: true", _lab.File("runs/small/config.yaml"), StringComparison.Ordinal);
        Assert.Contains("\"id\":1", await _client.GetStringAsync("api/live/comparison?run=1", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_continues_when_the_page_is_closed()
    {
        await Post("runs?experiment=small");
        using (var page = await Messages())
        {
            await Read(page);
        }

        var rows = _lab.Trace(1).Now().Rows;
        Assert.True((await LiveLab.Reach(_lab.Trace(1), rows + 20)).Rows >= rows + 20);
    }

    [Theory]
    [InlineData("runs/1/learning_rate?value=NaN")]
    [InlineData("runs/1/learning_rate?value=1e9")]
    [InlineData("runs/1/learning_rate?value=-1")]
    [InlineData("runs/1/learning_rate?value=abc")]
    [InlineData("runs/1/learning_rate?value=1%00")]
    [InlineData("runs/1/learning_rate?value=%201")]
    [InlineData("runs/1/learning_rate?value=1e-320")]
    [InlineData("runs/1/learning_rate?value=1&value=2")]
    [InlineData("runs/1/branch?spike=1%00")]
    [InlineData("runs/1/learning_rate")]
    [InlineData("runs?experiment=../small")]
    [InlineData("runs?experiment=")]
    [InlineData("runs/-1/pause")]
    [InlineData("runs/7/pause")]
    [InlineData("runs/1/branch?spike=1000")]
    [Trait("Speed", "Slow")]
    public async Task Invalid_requests_are_refused(string path)
    {
        await Post("runs?experiment=small");
        var response = await _client.PostAsync("api/live/" + path, null, Token);
        var sentence = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.True(sentence.Length > 10 && sentence.TrimEnd('\n').Split('\n').Length == 1, sentence);
    }

    [Fact]
    public async Task Shapes_that_an_experiment_cannot_have_are_refused_in_a_sentence_and_leave_nothing()
    {
        foreach (var path in (string[])
        [
            "runs?experiment=small&learning_rate=-1",
            "runs?experiment=small&learning_rate=1e-320",
            "runs?experiment=small&learning_rate=NaN",
            "runs?experiment=small&learning_rate=%5B1%5D",
            "runs?experiment=small&learning_rate=%22a%22",
            "runs?experiment=small&seed=1.5",
            "runs?experiment=small&seed=1&seed=2",
            "runs?experiment=small&steps=0",
            "runs?experiment=small&steps=1e9",
            "runs?experiment=small&width=4,0",
            "runs?experiment=small&width=4%5D,%20x:%20%5B1",
            "runs?experiment=small&batch=61",
            "open?run=..",
            "open?run=small/../small",
            "open?run=/tmp",
            "open?run=none",
            "open?run=small%00",
        ])
        {
            var response = await _client.PostAsync("api/live/" + path, null, Token);
            var sentence = await response.Content.ReadAsStringAsync(Token);
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, path);
            Assert.True(sentence.Length > 10 && sentence.TrimEnd('\n').Split('\n').Length == 1, sentence);
        }

        Assert.False(Directory.Exists(_lab["runs"]) && Directory.EnumerateDirectories(_lab["runs"]).Any());
    }

    [Fact]
    public async Task A_run_starts_in_the_shape_that_a_page_gives_it()
    {
        var card = JsonDocument.Parse(await _client.GetStringAsync("api/live/experiments", Token)).RootElement.GetProperty("experiments")[0];
        Assert.Equal(
            ["learning_rate=0.35", "seed=0", "steps=100000", "width=4", "batch="],
            card.GetProperty("shape").EnumerateArray().Select(s => $"{s.GetProperty("name").GetString()}={s.GetProperty("value").GetString()}"));

        await Post("runs?experiment=small&learning_rate=0.1&seed=3&steps=40&width=5,%206&batch=20&paused");

        Assert.Equal((0, RunPhase.Paused), (_lab.Trace(1).Now().Rows, _lab.Trace(1).Status.Phase));
        var config = ExperimentFile.Load(_lab["runs/small/config.yaml"], []);
        Assert.Equal((0.1, 3, 40, (int?)20), (config.Optimizer.LearningRate, config.Seed, config.Steps, config.Optimizer.Batch));
        Assert.Contains("hidden: [5, 6]", _lab.File("runs/small/config.yaml"), StringComparison.Ordinal);

        var misspelled = await _client.PostAsync("api/live/runs?experiment=smal", null, Token);
        Assert.Contains("did you mean small?", await misspelled.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_intervention_is_sent_with_its_step()
    {
        await Post("runs?experiment=small&paused");
        await Post("runs/1/step");
        await Post("runs/1/learning_rate?value=0.06");
        await Post("runs/1/step");

        using var page = await Messages();
        var changes = JsonDocument.Parse(await Read(page)).RootElement.GetProperty("runs")[0].GetProperty("changes");
        Assert.Equal("[{\"step\":1,\"learning_rate\":0.06}]", changes.GetRawText());
        await Post("runs/1/stop");
        await Post("runs/1/remove");
        await Post("open?run=small"); // of the folder, as of the run
        using var again = await Messages();
        JsonElement opened = default;
        while (opened.ValueKind == JsonValueKind.Undefined || opened.GetArrayLength() == 0) // until the folder has been read
        {
            var line = await again.ReadLineAsync(Token);
            if (line!.StartsWith("data: ", StringComparison.Ordinal))
            {
                var runs = JsonDocument.Parse(line[6..]).RootElement.GetProperty("runs").EnumerateArray();
                opened = runs.Select(r => r.TryGetProperty("changes", out var c) ? c : opened).FirstOrDefault(opened);
            }
        }

        Assert.Equal(changes.GetRawText(), opened.GetRawText());
    }

    [Fact]
    public async Task A_page_that_looks_closer_is_sent_all_rows_of_the_range()
    {
        await Post("runs?experiment=small");
        await LiveLab.Reach(_lab.Trace(1), 30);
        await Post("runs/1/pause");

        var rows = JsonDocument.Parse(await _client.GetStringAsync("api/live/runs/1/rows?from=5&to=12", Token)).RootElement;
        Assert.Equal(Enumerable.Range(5, 8), rows.GetProperty("step").EnumerateArray().Select(s => (int)s.GetDouble()));
        Assert.Equal(_lab.Trace(1).Now().Columns[1][5..13], rows.GetProperty("loss").EnumerateArray().Select(l => l.GetDouble()));
        foreach (var (query, status) in new[] { ("1/rows?from=5&to=x", 400), ("1/rows?from=-5&to=9", 400), ("7/rows?from=5&to=9", 404) })
        {
            Assert.Equal(status, (int)(await _client.GetAsync("api/live/runs/" + query, Token)).StatusCode);
        }
    }

    [Fact]
    public async Task An_action_without_the_token_is_refused()
    {
        using var stranger = new HttpClient { BaseAddress = _server.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync("api/live/runs?experiment=small", null, Token)).StatusCode);
        Assert.Empty(_lab.Runs.Traces);
    }

    [Fact]
    public async Task One_page_too_many_is_refused()
    {
        // Sockets, since HttpClient keeps a connection for a while to read the rest.
        var pages = new List<TcpClient>();
        for (var i = 0; i < LiveStream.MostClients; i++)
        {
            pages.Add(await Listen());
        }

        using var refused = await _client.GetAsync("api/live/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        foreach (var page in pages)
        {
            page.Dispose();
            await Task.Delay(50, Token); // less than between two deltas
            using var next = await Listen();
        }
    }

    /// <summary>A page that listens.</summary>
    private async Task<TcpClient> Listen()
    {
        var page = new TcpClient();
        await page.ConnectAsync(IPAddress.Loopback, _server.Address.Port, Token);
        await page.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET /api/live/stream HTTP/1.1\r\nHost: 127.0.0.1:{_server.Address.Port}\r\n{AccessToken.Header}: {_server.Token}\r\n\r\n"),
            Token);
        var answer = new byte["HTTP/1.1 200".Length];
        await page.GetStream().ReadExactlyAsync(answer, Token);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(answer));
        return page;
    }

    [Fact]
    public async Task A_page_that_was_hidden_is_sent_what_it_has_not_seen()
    {
        await Post("runs?experiment=small");
        await LiveLab.Reach(_lab.Trace(1), 20);
        await Post("runs/1/pause");
        using var page = await Messages();
        var first = JsonDocument.Parse(await Read(page)).RootElement;
        var run = first.GetProperty("runs")[0];
        var (rows, events) = (run.GetProperty("rows").GetInt32(), run.GetProperty("happened").GetInt32());
        await Post("runs/1/step");

        var session = first.GetProperty("session").GetString();
        var seen = $"1.{run.GetProperty("generation").GetInt32()}.{rows}.{rows}.{events}";
        using var again = await Messages($"?session={session}&seen={seen}");
        var news = JsonDocument.Parse(await Read(again)).RootElement.GetProperty("runs")[0];
        Assert.Equal(rows, news.GetProperty("from").GetInt32());
        Assert.Equal(1, news.GetProperty("columns").GetProperty("loss").GetArrayLength());

        // Another process, or what no page can have seen: everything.
        foreach (var query in (string[])[$"?session=other&seen={seen}", $"?session={session}&seen=1.0.999999.5.0", "?seen=1.2"])
        {
            using var whole = await Messages(query);
            Assert.Equal(0, JsonDocument.Parse(await Read(whole)).RootElement.GetProperty("runs")[0].GetProperty("from").GetInt32());
        }
    }

    private async Task<string> Post(string path)
    {
        var response = await _client.PostAsync("api/live/" + path, null, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }

    private async Task<StreamReader> Messages(string query = "") => new(await _client.GetStreamAsync("api/live/stream" + query, Token));

    private static async Task<string> Read(StreamReader messages)
    {
        var line = await messages.ReadLineAsync();
        Assert.StartsWith("data: ", line, StringComparison.Ordinal);
        return line![6..];
    }
}
