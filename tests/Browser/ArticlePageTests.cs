using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>The article's figures in a browser, against the lab as a person starts it.</summary>
public sealed class ArticlePageTests : IAsyncLifetime
{
    private const float Patience = 60_000;

    private RunningLab _lab = null!;

    public async ValueTask InitializeAsync() => _lab = await RunningLab.Start();

    public async ValueTask DisposeAsync()
    {
        if (_lab is not null)
        {
            await _lab.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task A_picture_follows_its_slider(int figure)
    {
        var page = await Measured($"/#figure-{figure}");
        await Painted(page, figure);
        var times = await page.EvaluateAsync<double[]>("""
            async number => {
              const [card, slider] = [document.getElementById(`figure-${number}`), document.getElementById(`eta-${number}`)];
              const times = [];
              for (let i = 0; i < 21; i++) {
                slider.value = Number(slider.min) + (i + 1) * (slider.max - slider.min) / 23;
                const begun = performance.now();
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                while (new URLSearchParams(card.dataset.painted).get('eta') !== slider.value) await new Promise(done => setTimeout(done, 2));
                times.push(performance.now() - begun);
              }
              return times.sort((a, b) => a - b);
            }
            """, figure);
        TestContext.Current.SendDiagnosticMessage($"figure {figure}: slider to picture {times[0]:F0} / {times[10]:F0} / {times[19]:F0} ms (least, median, 95 %)");

        Assert.InRange(times[10], 0, 250);
        Assert.Empty(_lab.Errors);
    }

    [Fact]
    public async Task A_drag_ends_on_its_last_value_without_a_long_gap()
    {
        var page = await Measured("/#figure-6");
        await Painted(page, 6);
        var gap = await page.EvaluateAsync<double>("""
            async () => {
              const [card, slider] = [document.getElementById('figure-6'), document.getElementById('eta-6')];
              let [longest, last, dragging] = [0, performance.now(), true];
              const frame = now => { longest = Math.max(longest, now - last); last = now; if (dragging) requestAnimationFrame(frame); };
              requestAnimationFrame(now => { last = now; requestAnimationFrame(frame); });
              for (let i = 1; i <= 60; i++) {
                slider.value = 30 + i;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                await new Promise(done => setTimeout(done, 33));
              }
              while (card.dataset.painted !== 'eta=90') await new Promise(done => setTimeout(done, 2));
              dragging = false;
              return longest;
            }
            """);
        TestContext.Current.SendDiagnosticMessage($"longest gap between frames of a drag: {gap:F0} ms");

        Assert.InRange(gap, 0, 500);
        Assert.Empty(_lab.Errors);
    }

    [Fact]
    public async Task A_link_opens_a_figure_with_its_values_and_keys_move_them()
    {
        var page = await Measured("/?eta=70#figure-6");
        await Painted(page, 6);
        Assert.Equal("eta=70", await page.GetAttributeAsync("#figure-6", "data-painted"));

        await page.FocusAsync("#eta-6");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForSelectorAsync("#figure-6[data-painted='eta=71']", new() { Timeout = Patience });
        Assert.EndsWith("/?eta=71#figure-6", page.Url, StringComparison.Ordinal);

        await page.FocusAsync("#figure-6 .actions button");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal(200, await page.Locator("#figure-6 .numbers tbody tr").CountAsync());
        Assert.Empty(_lab.Errors);
    }

    private static Task Painted(IPage page, int figure) => page.WaitForSelectorAsync($"#figure-{figure}[data-painted]", new() { Timeout = Patience });

    /// <summary>The page once the claims are measured, which takes one of the cores.</summary>
    private async Task<IPage> Measured(string path)
    {
        var page = await _lab.Open(path);
        await page.WaitForSelectorAsync("body[data-claims]", new() { Timeout = Patience });
        return page;
    }
}
