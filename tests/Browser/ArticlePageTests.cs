using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>The article's figures in a browser, against the lab as a person starts it.</summary>
/// <param name="lab">The lab, the same for all of these.</param>
public sealed class ArticlePageTests(RunningLab lab) : IClassFixture<RunningLab>
{
    private const float Patience = 120_000;
    private const int Limit = 240_000;

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task A_picture_follows_its_slider(int figure)
    {
        var page = await Measured($"/#figure-{figure}", TestContext.Current.CancellationToken);
        await Painted(page, figure);
        var times = await page.EvaluateAsync<double[]>("""
            async number => {
              const [card, slider] = [document.getElementById(`figure-${number}`), document.querySelector(`#figure-${number} input`)];
              const times = [];
              for (let i = 0; i < 21; i++) {
                slider.value = Number(slider.min) + (i + 1) * (slider.max - slider.min) / 23;
                const begun = performance.now();
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                while (new URLSearchParams(card.dataset.painted).get(slider.name) !== slider.value) await new Promise(done => setTimeout(done, 2));
                times.push(performance.now() - begun);
              }
              return times.sort((a, b) => a - b);
            }
            """, figure);
        TestContext.Current.SendDiagnosticMessage(
            $"figure {figure}: slider to picture {times[0]:F0} / {times[10]:F0} / {times[19]:F0} ms (least, median, 95 %)");

        Assert.Equal(21, times.Length); // each position was painted; how fast depends on the machine
        Assert.Empty(lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task A_drag_is_painted_on_the_way_and_ends_on_its_last_value()
    {
        var page = await Measured("/#figure-6", TestContext.Current.CancellationToken);
        await Painted(page, 6);
        var (painted, asked) = (await page.EvaluateAsync<string[]>("""
            async () => {
              const [card, slider] = [document.getElementById('figure-6'), document.getElementById('eta-6')];
              const painted = new Set();
              const watch = new MutationObserver(() => painted.add(card.dataset.painted.split('&')[0]));
              watch.observe(card, { attributeFilter: ['data-painted'] });
              for (let i = 1; i <= 60; i++) {
                slider.value = 30 + i;
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                await new Promise(done => setTimeout(done, 33));
              }
              while (!card.dataset.painted.startsWith('eta=90&')) await new Promise(done => setTimeout(done, 2));
              watch.disconnect();
              return [...painted];
            }
            """), Enumerable.Range(31, 60).Select(eta => $"eta={eta}"));

        Assert.InRange(painted.Length, 3, 60);
        Assert.Subset(asked.ToHashSet(), painted.ToHashSet());
        Assert.Empty(lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task A_link_opens_a_figure_with_its_values_and_keys_move_them()
    {
        var page = await Measured("/?eta=70#figure-6", TestContext.Current.CancellationToken);
        await Painted(page, 6);
        Assert.Equal("title-6", await page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.StartsWith("eta=70&", await page.GetAttributeAsync("#figure-6", "data-painted"), StringComparison.Ordinal);

        await page.FocusAsync("#eta-6");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForSelectorAsync("#figure-6[data-painted^='eta=71&']", new() { Timeout = Patience });
        Assert.EndsWith("/?eta=71&c=0&alpha=-0.8&weight=0.02#figure-6", page.Url, StringComparison.Ordinal);

        await page.FocusAsync("#figure-6 .actions button");
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal(200, await page.Locator("#figure-6 .numbers tbody tr").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement === document.querySelector('#figure-6 .actions button')"));
        Assert.Empty(lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task The_line_where_the_sharpness_is_the_threshold_moves_with_the_learning_rate()
    {
        var page = await lab.Open("/?eta=57#figure-5", TestContext.Current.CancellationToken);
        await Painted(page, 5);
        var before = await Line("0.0351");
        await page.FocusAsync("#eta-5");
        await page.Keyboard.PressAsync("End");
        await page.WaitForSelectorAsync("#figure-5[data-painted^='eta=100&']", new() { Timeout = Patience });
        var after = await Line("0.0200");

        // S grows with α: the lower threshold of the larger η lies at lower α, for every C.
        var lower = before[0].Zip(before[1]).Join(after[0].Zip(after[1]), b => b.First, a => a.First, (b, a) => b.Second - a.Second).ToList();
        Assert.True(lower.Count > 50);
        Assert.All(lower, difference => Assert.True(difference > 0));
        Assert.Empty(lab.Errors);

        Task<double[][]> Line(string threshold) => page.EvaluateAsync<double[][]>(
            "name => { const t = document.querySelector('#figure-5 .plot').data.find(t => t.name === name); return [[...t.x], [...t.y]]; }",
            $"S = 2/η = {threshold}");
    }

    private static Task Painted(IPage page, int figure) => page.WaitForSelectorAsync($"#figure-{figure}[data-painted]", new() { Timeout = Patience });

    /// <summary>The page once the claims are measured, which takes one of the cores.</summary>
    private async Task<IPage> Measured(string path, CancellationToken stop)
    {
        var page = await lab.Open(path, stop);
        await page.WaitForSelectorAsync("body[data-claims]", new() { Timeout = Patience });
        return page;
    }
}
