using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LossSpikes.Lab.Playground;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Playground;

/// <summary>Requests from other pages, and the answers that they get.</summary>
public sealed class GuardTests(RunningPlayground playground) : IClassFixture<RunningPlayground>
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:PORT")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    public async Task Another_host_is_not_served(string host)
    {
        foreach (var path in (string[])["/", "/api/figures", "/api/figures/1", "/plotly.js"])
        {
            Assert.Equal(
                HttpStatusCode.MisdirectedRequest,
                (await Send(HttpMethod.Get, path, ("Host", host.Replace("PORT", $"{playground.Port}", StringComparison.Ordinal)))).StatusCode);
        }
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("https://127.0.0.1:PORT")]
    [InlineData("http://evil@127.0.0.1:PORT")]
    [InlineData("http://127.0.0.1:PORT/")]
    [InlineData("HTTP://127.0.0.1:PORT")]
    [InlineData("http://127.1:PORT")]
    [InlineData("http://127.0.0.1:0PORT")]
    public async Task Another_origin_is_refused(string origin) =>
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await Send(HttpMethod.Get, "/api/figures", ("Origin", origin.Replace("PORT", $"{playground.Port}", StringComparison.Ordinal)))).StatusCode);

    [Fact]
    public async Task Our_own_names_and_origin_pass()
    {
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, "/", ("Host", $"localhost:{playground.Port}"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, "/", ("Origin", $"http://127.0.0.1:{playground.Port}"))).StatusCode);
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    [InlineData("")]
    public async Task What_a_browser_says_comes_from_another_site_is_refused_before_anything_is_computed(string site)
    {
        foreach (var path in (string[])["/", "/plotly.js", "/api/figures/6?eta=70", "/api/live/comparison?run=1", $"/?token={playground.Token}"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await Send(HttpMethod.Get, path, ("Sec-Fetch-Site", site))).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, "/", ("Sec-Fetch-Site", "none"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, "/api/figures", ("Sec-Fetch-Site", "same-origin"))).StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/live")]
    [InlineData("/plotly.js")]
    [InlineData("/api/figures")]
    [InlineData("/api/live/stream")]
    [InlineData("/nothing")]
    public async Task Every_request_needs_the_token(string path)
    {
        using var stranger = new HttpClient { BaseAddress = playground.Client.BaseAddress };
        foreach (var token in (string[])["", "wrong", playground.Token[..^1], playground.Token + "0", playground.Token.ToUpperInvariant()])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(AccessToken.Header, token);
            request.Headers.TryAddWithoutValidation("Cookie", $"playground-{playground.Port}={token}");
            var answer = await stranger.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.DoesNotContain(
                playground.Token, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync(path, null, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task The_token_of_the_address_is_exchanged_for_a_cookie_that_no_script_reads()
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = playground.Client.BaseAddress };
        var answer = await browser.GetAsync($"/?eta=70&token={playground.Token}", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal($"http://127.0.0.1:{playground.Port}/?eta=70", answer.Headers.Location!.ToString());
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/api/figures", TestContext.Current.CancellationToken)).StatusCode);
        var odd = $"http://127.0.0.1:{playground.Port}//evil.example";
        answer = await browser.GetAsync($"{odd}?token={playground.Token}", TestContext.Current.CancellationToken);
        Assert.Equal(odd, answer.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("/?eta=70%22%3E%3Cscript%3E")]
    [InlineData("/live?token=wrong")]
    public async Task A_browser_without_the_token_is_asked_for_it(string path)
    {
        using var stranger = new HttpClient { BaseAddress = playground.Client.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "text/html,application/xhtml+xml");
        var answer = await stranger.SendAsync(request, TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("terminal in which <code>lab playground</code> was started", page, StringComparison.Ordinal);
        Assert.Contains("name=\"token\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"wrong\"", page, StringComparison.Ordinal);
        Assert.Equal(path.Contains("eta", StringComparison.Ordinal), page.Contains("name=\"eta\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tunnel_is_allowed_by_its_port_and_any_other_is_told_what_to_type()
    {
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Get, "/", ("Host", $"localhost:{RunningPlayground.Tunnel}"))).StatusCode);
        Assert.Equal(
            HttpStatusCode.OK, (await Send(HttpMethod.Get, "/", ("Origin", $"http://127.0.0.1:{RunningPlayground.Tunnel}"))).StatusCode);

        var refused = await Send(HttpMethod.Get, "/", ("Host", "127.0.0.1:9124"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
        Assert.Contains("--allow-port 9124", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_get_and_post_are_answered() => Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Send(HttpMethod.Put, "/")).StatusCode);

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Idle_connections_do_not_block_the_pages()
    {
        var idle = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 140; i++)
            {
                idle.Add(new TcpClient());
                await idle[^1].ConnectAsync(IPAddress.Loopback, playground.Port, TestContext.Current.CancellationToken);
            }

            var begun = Stopwatch.GetTimestamp();
            while (!await Answers())
            {
                Assert.InRange(Stopwatch.GetElapsedTime(begun).TotalSeconds, 0, 10);
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            idle.ForEach(c => c.Dispose());
        }

        async Task<bool> Answers()
        {
            try
            {
                return (await Send(HttpMethod.Get, "/")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(5_000_000, false)]
    [InlineData(5_000_000, true)]
    public async Task A_request_with_a_body_is_refused_unread(int length, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/live/runs?experiment=x") { Content = new ByteArrayContent(new byte[length]) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true; // or the client may be writing when the connection ends
        using var client = new HttpClient { BaseAddress = playground.Client.BaseAddress };
        request.Headers.Add(AccessToken.Header, playground.Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal("", playground.Diagnostics.ToString());
    }

    [Theory]
    [InlineData("/../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/..%2f..%2fetc/passwd")]
    public async Task No_path_leads_to_a_file(string path)
    {
        // Without HttpClient, which would normalize the path.
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, playground.Port, TestContext.Current.CancellationToken);
        await socket.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{playground.Port}\r\n{AccessToken.Header}: {playground.Token}\r\nConnection: close\r\n\r\n"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream());

        Assert.Contains(" 404 ", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_has_the_policy_and_no_cors()
    {
        foreach (var path in (string[])["/", "/article.js", "/api/figures", "/nothing"])
        {
            var headers = (await Send(HttpMethod.Get, path)).Headers;
            Assert.StartsWith(
                "default-src 'self'; img-src 'self' data: blob:;", headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
            Assert.DoesNotContain(headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void A_port_that_is_taken_or_out_of_range_is_refused_in_one_sentence()
    {
        var taken = LabResult.Run("playground", "--port", $"{playground.Port}");
        Assert.Equal(2, taken.ExitCode);
        Assert.Contains("is taken by another program; choose another one with --port", taken.Diagnostics, StringComparison.Ordinal);

        var none = LabResult.Run("playground", "--port", "65536");
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("to 65535", none.Diagnostics, StringComparison.Ordinal);
        Assert.Contains(
            "--allow-port 0: a port is a number from 1 to 65535", LabResult.Run("playground", "--allow-port", "0").Diagnostics, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await playground.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
