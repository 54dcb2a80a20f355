using System.Globalization;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>Live training in a browser, against the lab as a person starts it.</summary>
public sealed class LivePageTests : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const int Limit = 300_000;

    private readonly RunningLab _lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task The_default_experiment_streams_and_every_number_shown_is_in_metrics_csv()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        await page.ClickAsync("#start button");
        await Painted(page, 20);
        var before = await Number(page.Locator("body"), "data-received");
        await page.WaitForFunctionAsync("count => Number(document.body.dataset.received) >= count", before + 20, new() { Timeout = Patience });

        await page.ClickAsync(".run [data-act=pause]");
        var card = page.Locator(".run[data-phase=paused]");
        await card.WaitForAsync(new() { Timeout = Patience });
        var rows = Metrics("edge-of-stability");
        var (header, last) = (rows[0].Split(','), rows[^1].Split(','));
        await page.WaitForFunctionAsync("step => document.querySelector('.run').dataset.step === step", last[0], new() { Timeout = Patience });
        foreach (var name in new[] { "step", "loss", "sharpness", "threshold" })
        {
            Assert.Equal(double.Parse(last[Array.IndexOf(header, name)], CultureInfo.InvariantCulture), await Number(card, $"data-{name}"));
        }

        await page.ClickAsync(".run [data-act=step]");
        await page.WaitForFunctionAsync(
            "step => document.querySelector('.run').dataset.step === step",
            (int.Parse(last[0], CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture),
            new() { Timeout = Patience });
        Assert.Equal(rows.Length + 1, Metrics("edge-of-stability").Length);

        await page.FillAsync(".run [data-part=eta]", "0.05");
        await page.ClickAsync(".run form button");
        await page.ClickAsync(".run [data-act=step]");
        await page.WaitForFunctionAsync("() => document.querySelector('.run').dataset.threshold === '40'", null, new() { Timeout = Patience });
        Assert.Empty(_lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task A_second_page_and_a_reloaded_page_see_the_run_and_closing_them_stops_nothing()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        await page.ClickAsync("#start button");
        await Painted(page, 5);
        var second = await Open(TestContext.Current.CancellationToken);
        await Painted(second, 5);
        await page.ReloadAsync();
        await Painted(page, 5);
        Assert.Equal("edge-of-stability", await second.TextContentAsync(".run [data-part=name]"));

        await page.CloseAsync();
        await second.CloseAsync();
        var rows = Rows();
        for (var i = 0; i < 300 && Rows() < rows + 10; i++)
        {
            await Task.Delay(100, Token);
        }

        Assert.True(Rows() >= rows + 10);

        int Rows() => Metrics("edge-of-stability").Length;
    }

    /// <summary>
    /// A forecast stands only until it has come true: half a second of "explanation", which a busy browser may miss. In chunks of
    /// three examples the same run is slow enough.
    /// </summary>
    [Fact(Timeout = Limit)]
    public async Task The_next_crossing_is_forecast_until_it_happens()
    {
        var experiments = Directory.CreateDirectory(Path.Combine(_lab.Folder, "experiments")).FullName;
        var text = await File.ReadAllTextAsync(Path.Combine(RunningLab.Repository("experiments"), "explanation.yaml"), Token);
        var slow = text.Replace("loss: mse", "loss: mse\n  chunk: 3", StringComparison.Ordinal).Replace("every: auto", "every: 1", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(experiments, "unhurried.yaml"), slow, Token);

        var page = await Open(TestContext.Current.CancellationToken);
        await page.SelectOptionAsync("#experiment", "unhurried");
        await page.ClickAsync("#start button");
        var ahead = page.Locator("#ahead", new() { HasText = "will pass the threshold" });
        await ahead.WaitForAsync(new() { Timeout = 3 * Patience });
        await ahead.WaitForAsync(new() { State = WaitForSelectorState.Hidden, Timeout = 3 * Patience });
        Assert.Contains(
            "forecast_scored", await File.ReadAllTextAsync(Path.Combine(_lab.Folder, "runs", "explanation", "events.jsonl"), Token), StringComparison.Ordinal);
        Assert.Empty(_lab.Errors);
    }

    /// <summary>The page's own function, given runs that have come to the ends that a forecast can have.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_forecast_that_has_ended_or_whose_range_has_passed_is_not_drawn()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        var drawn = await page.EvaluateAsync<int?[]>("""
            async () => {
              const { pending } = await import('/live/forecast.js');
              const said = (step, latest) => ({ record: { event: 'forecast', kind: 'crossing', step, expected: latest - 1, latest } });
              const end = (forecast_step, more) => ({ record: { event: 'forecast_scored', kind: 'crossing', forecast_step, actual: null, ...more } });
              const at = (step, events, phase = 'running') =>
                pending({ columns: { step: [0, step] }, events, status: { phase } }, 'crossing')?.record.step ?? null;
              return [
                at(50, [said(9, 100)]), at(100, [said(9, 100)]), at(101, [said(9, 100)]), at(50, [said(9, 100)], 'ended'),
                at(50, [said(9, 100), end(9, { actual: 50 })]), at(50, [said(9, 100), end(9)]), at(50, [said(9, 100), end(9, { withdrawn: 'so' })]),
                at(50, [said(9, 100), said(20, 40)]), at(50, [said(9, 100), said(20, 90), end(20)]), at(30, [said(9, 100), said(20, 90)]),
              ];
            }
            """);
        Assert.Equal([9, 9, null, null, null, null, null, 9, 9, 20], drawn);
        Assert.Empty(_lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task A_spike_is_explained_zoomed_into_and_branched_from()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        await page.SelectOptionAsync("#experiment", "explanation");
        await page.ClickAsync("#start button");
        var spike = page.Locator(".spike");
        await spike.WaitForAsync(new() { Timeout = 5 * Patience });
        Assert.Contains("S had exceeded the threshold", await spike.TextContentAsync(), StringComparison.Ordinal);

        await spike.ClickAsync();
        await page.WaitForFunctionAsync("() => Number(document.getElementById('figure').dataset.from) > 900", null, new() { Timeout = 2 * Patience });
        await page.FocusAsync("#figure");
        await page.Keyboard.PressAsync("0");
        await page.WaitForFunctionAsync("() => Number(document.getElementById('figure').dataset.from) === 0", null, new() { Timeout = Patience });

        await page.ClickAsync(".branch");
        await page.Locator(".run", new() { HasText = "explanation-spike-1" }).WaitForAsync(new() { Timeout = Patience });
        Assert.Empty(_lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task A_diverging_run_is_shown_to_its_end()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        await page.SelectOptionAsync("#experiment", "quadratic");
        await page.ClickAsync("#start button");
        await page.Locator(".run", new() { HasText = "completed" }).WaitForAsync(new() { Timeout = Patience });
        await page.SelectOptionAsync("#experiment", "edge-of-stability");
        await page.ClickAsync("#start button");
        var card = page.Locator(".run[data-run='2']");
        await card.Locator("[data-part=eta]").FillAsync("5");
        await card.Locator("form button").ClickAsync();
        await card.Locator("[data-part=phase]", new() { HasText = "diverged" }).WaitForAsync(new() { Timeout = Patience });
        await page.WaitForFunctionAsync("() => document.getElementById('figure').dataset.runs === '2'", null, new() { Timeout = Patience });
        Assert.Equal("", await page.TextContentAsync("#message"));
    }

    private async Task<IPage> Open(CancellationToken stop)
    {
        var page = await _lab.Open("live", stop);
        await page.WaitForSelectorAsync("#experiment option", new() { State = WaitForSelectorState.Attached });
        return page;
    }

    private string[] Metrics(string run) => File.ReadAllLines(Path.Combine(_lab.Folder, "runs", run, "metrics.csv"));

    private static Task Painted(IPage page, int steps) =>
        page.WaitForFunctionAsync("steps => Number(document.getElementById('figure').dataset.step) >= steps", steps, new() { Timeout = Patience });

    private static async Task<double> Number(ILocator element, string attribute) =>
        double.Parse((await element.GetAttributeAsync(attribute))!, CultureInfo.InvariantCulture);
}
