using System.Globalization;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>What is left of runs: their reports, and the list in which they are found, compared and drawn again.</summary>
public sealed class RunsPageTests : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const int Limit = 120_000, Long = 60_000;

    private readonly RunningLab _lab = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task Runs_are_listed_compared_by_their_settings_and_drawn_over_each_other()
    {
        var page = await _lab.Open("live", TestContext.Current.CancellationToken);
        await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        await page.SelectOptionAsync("#experiment", "quadratic");
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-run='1']").WaitForAsync(new() { Timeout = Patience });
        await page.FillAsync(".shape [name=learning_rate]", "0.1");
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-run='1'] a", new() { HasText = "report" }).WaitForAsync(new() { Timeout = Patience });
        var report = await page.Context.RunAndWaitForPageAsync(() => page.ClickAsync(".run[data-run='1'] a"));
        Assert.Equal("quadratic", await report.TextContentAsync("h1"));
        Assert.True(await report.EvaluateAsync<bool>("() => document.querySelector('img').naturalWidth > 0"));
        Assert.Equal("runs/quadratic", await page.TextContentAsync(".run[data-run='1'] [data-part=folder]"));
        foreach (var id in (int[])[1, 2])
        {
            await page.Locator($".run[data-run='{id}'][data-phase=ended] [data-act=remove]").ClickAsync(new() { Timeout = Patience });
        }

        await page.GotoAsync(new Uri(_lab.Address, "runs").ToString());
        await page.WaitForSelectorAsync("body[data-listed='2']", new() { Timeout = Patience });
        await page.ClickAsync("#heads [data-key=learning_rate]");
        Assert.Equal(["quadratic-2", "quadratic"], await page.Locator("#list tr th").AllTextContentsAsync());
        Assert.Equal("learning_rate", await page.EvaluateAsync<string>("document.activeElement.dataset.key"));
        await page.CheckAsync("[aria-label='choose quadratic']");
        await page.CheckAsync("[aria-label='choose quadratic-2']");
        Assert.Equal(["optimizer ≠"], (await page.Locator(".settings tbody tr.differs th").AllTextContentsAsync()));
        Assert.Equal(["learning_rate: 0.1", "learning_rate: 0.15"], (await page.Locator(".settings td strong").AllTextContentsAsync()).Order());
        await Keep(page, "runs");

        await page.ClickAsync("#together");
        await page.WaitForSelectorAsync("#figure[data-runs='2'][data-step='30']", new() { Timeout = Patience });
        await SameColours(page);
        await page.UncheckAsync(".run >> nth=0 >> [data-part=shown]");
        await page.WaitForSelectorAsync("#figure[data-runs='1']", new() { Timeout = Patience });
        await SameColours(page);

        await page.GotoAsync(new Uri(_lab.Address, "runs").ToString());
        await page.CheckAsync("[aria-label='choose quadratic']");
        await page.CheckAsync("[aria-label='choose quadratic-2']");
        await page.ClickAsync("#beside");
        await page.WaitForSelectorAsync("#figure-network[data-step='30']", new() { Timeout = Patience });
        Assert.Empty(_lab.Errors);
    }

    /// <summary>The page has only some rows of so long a run; where it looks closer it has all of them.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_long_run_shows_every_row_of_what_is_zoomed_into()
    {
        var page = await _lab.Open("live", TestContext.Current.CancellationToken);
        await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        await page.SelectOptionAsync("#experiment", "quadratic");
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-phase=ended]").WaitForAsync(new() { Timeout = Patience });
        var folder = Directory.CreateDirectory(Path.Combine(_lab.Folder, "runs/long")).FullName;
        var source = Path.Combine(_lab.Folder, "runs/quadratic");
        File.Copy(Path.Combine(source, "config.yaml"), Path.Combine(folder, "config.yaml"));
        var rows = await File.ReadAllLinesAsync(Path.Combine(source, "metrics.csv"), Token);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "metrics.csv"),
            Enumerable.Range(0, Long).Select(i => $"{i},{rows[1 + i % 20][(rows[1 + i % 20].IndexOf(',', StringComparison.Ordinal) + 1)..]}").Prepend(rows[0]),
            Token);

        await page.GotoAsync(new Uri(_lab.Address, "runs").ToString());
        await page.CheckAsync("[aria-label='choose long']");
        await page.ClickAsync("#together");
        await page.WaitForSelectorAsync($"#figure[data-step='{Long - 1}']", new() { Timeout = Patience });
        await page.FocusAsync("#figure");
        for (var i = 0; i < 8; i++)
        {
            var from = await page.GetAttributeAsync("#figure", "data-from");
            await page.Keyboard.PressAsync("+");
            await page.WaitForFunctionAsync("from => document.getElementById('figure').dataset.from !== from", from, new() { Timeout = Patience });
        }

        await page.WaitForFunctionAsync(
            "() => { const { from, to, points } = document.getElementById('figure').dataset; return Number(points) >= to - from - 1; }",
            null,
            new() { Timeout = Patience });
        Assert.Empty(_lab.Errors);
    }

    /// <summary>The lines of the losses have the colours of the runs' swatches, of each run that is shown.</summary>
    private static async Task SameColours(IPage page)
    {
        var colours = await page.EvaluateAsync<string[][]>("""
            () => {
              const probe = document.createElement('i');
              document.body.append(probe);
              const rgb = colour => { probe.style.color = colour; return getComputedStyle(probe).color; };
              const drawn = document.getElementById('figure').data.filter(t => t.label === 'loss').map(t => rgb(t.line.color)).sort();
              const swatches = [...document.querySelectorAll('.run')].filter(r => r.querySelector('[data-part=shown]').checked)
                .map(r => getComputedStyle(r.querySelector('.swatch')).backgroundColor).sort();
              probe.remove();
              return [drawn, swatches];
            }
            """);
        Assert.NotEmpty(colours[0]);
        Assert.Equal(colours[1], colours[0]);
    }

    /// <summary>Keeps pictures of a page in both themes, wide and narrow.</summary>
    private static async Task Keep(IPage page, string name)
    {
        foreach (var (scheme, width) in from scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark]
                                        from width in (int[])[390, 1280]
                                        select (scheme, width))
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            await page.SetViewportSizeAsync(width, 900);
            await RunningLab.Keep(page, string.Create(CultureInfo.InvariantCulture, $"{name}-{scheme}-{width}"));
        }
    }
}
