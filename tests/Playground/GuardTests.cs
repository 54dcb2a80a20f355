using System.Net;
using System.Net.Sockets;
using System.Text;
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

    [Fact]
    public async Task Actions_need_the_token()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(HttpMethod.Post, "/")).StatusCode);
        Assert.Equal(
            HttpStatusCode.Forbidden, (await Send(HttpMethod.Post, "/", ("X-Playground-Token", "wrong"), ("Origin", "http://evil.example"))).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Send(HttpMethod.Put, "/")).StatusCode);
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
            Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{playground.Port}\r\nConnection: close\r\n\r\n"),
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
