using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>How a browser comes to the pages, goes away for a while, and finds that the lab has gone.</summary>
public sealed class AccessTests : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const int Limit = 120_000;

    private readonly RunningLab _lab = new();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task A_browser_is_asked_for_the_token_once_and_the_address_with_it_opens_the_pages()
    {
        var page = await _lab.Open("/?eta=70#figure-6", TestContext.Current.CancellationToken);
        await page.Context.ClearCookiesAsync();
        await page.ReloadAsync();
        Assert.Equal("This lab asks for its token", await page.TextContentAsync("h1"));

        var token = _lab.Entrance.Query["?token=".Length..];
        await page.FillAsync("#token", token);
        await page.ClickAsync("button");
        await page.WaitForSelectorAsync("#figure-6[data-painted*='eta=70']", new() { Timeout = Patience });
        Assert.Equal("/?eta=70#figure-6", page.Url[(_lab.Address.ToString().Length - 1)..]);

        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(_lab.Entrance.ToString());
        await page.WaitForSelectorAsync("#figure-1[data-painted]", new() { Timeout = Patience });
        Assert.DoesNotContain(token, page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain(token, await page.EvaluateAsync<string>("document.cookie"), StringComparison.Ordinal);
        Assert.Empty(_lab.Errors);
    }

    /// <summary>A page at another port of this machine: browsers send our cookie along, and say where the request comes from.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_page_of_another_site_cannot_make_the_lab_work()
    {
        var page = await _lab.Open("live", TestContext.Current.CancellationToken);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var serving = Serve(other, $"<a href=\"{_lab.Address}api/figures/6?eta=70\">go</a>");
        await page.RouteAsync($"http://{other.LocalEndpoint}/", route => route.ContinueAsync());
        await page.GotoAsync($"http://{other.LocalEndpoint}/");
        await serving;

        await page.ClickAsync("a");
        await page.GetByText("requests of other sites are not answered").WaitForAsync(new() { Timeout = Patience });
    }

    [Fact(Timeout = Limit)]
    public async Task A_page_that_was_hidden_goes_on_where_it_was()
    {
        var page = await _lab.Open("live", TestContext.Current.CancellationToken);
        await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        await page.SelectOptionAsync("#experiment", "power-law");
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-phase=ended]").WaitForAsync(new() { Timeout = 2 * Patience });
        var step = await page.GetAttributeAsync(".run", "data-step");
        var asked = new TaskCompletionSource<IResponse>();
        page.Response += (_, response) => asked.TrySetResult(response);

        await page.EvaluateAsync(
            "for (const hidden of [true, false]) { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
                + " document.dispatchEvent(new Event('visibilitychange')); }");

        var again = await asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Matches("/api/live/stream.session=[0-9a-f]+&seen=1[.]0[.]2501[.]2501[.][0-9]+$", again.Url);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(step, await page.GetAttributeAsync(".run", "data-step"));
        Assert.Empty(_lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task A_lab_that_has_gone_and_one_that_was_started_again_are_said()
    {
        var page = await _lab.Open("live", TestContext.Current.CancellationToken);
        await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-phase=running]").WaitForAsync(new() { Timeout = Patience });

        await _lab.Kill();
        await Says("start it again with lab playground and open the address that it prints");
        Assert.Equal(1, await page.Locator(".run").CountAsync());

        await _lab.Restart();
        await Says("new at every start: open the address that its terminal shows");

        await page.Context.APIRequest.GetAsync(_lab.Entrance.ToString()); // in another tab
        await Says("The lab was started again");
        Assert.Equal(0, await page.Locator(".run").CountAsync());

        Task Says(string sentence) => page.Locator("#message", new() { HasText = sentence }).WaitForAsync(new() { Timeout = Patience });
    }

    private static async Task Serve(TcpListener listener, string page)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        _ = await client.GetStream().ReadAsync(new byte[4096], TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {page.Length}\r\nConnection: close\r\n\r\n{page}"),
            TestContext.Current.CancellationToken);
    }
}
