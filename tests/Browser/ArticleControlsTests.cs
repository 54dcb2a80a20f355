using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>What a reader can do with the article's figures, other than moving a slider: mouse, keyboard and touch.</summary>
/// <param name="lab">The lab, the same for all of these.</param>
public sealed class ArticleControlsTests(RunningLab lab) : IClassFixture<RunningLab>
{
    private const float Patience = 120_000;
    private const int Limit = 240_000;

    [Fact(Timeout = Limit)]
    public async Task A_start_is_dragged_over_the_plane_and_moved_by_keys()
    {
        var page = await Opened("/?eta=40#figure-5", 5, TestContext.Current.CancellationToken);
        await page.Locator("#figure-5 .handle").ScrollIntoViewIfNeededAsync();
        await AtRest(page);
        var handle = (await page.Locator("#figure-5 .handle").BoundingBoxAsync())!;
        var (x, y) = (handle.X + handle.Width / 2, handle.Y + handle.Height / 2);

        // The end of the drag, in the coordinates of the axes, by the ticks of the picture.
        var (c, alpha) = (await AtTicks(page, "x", "0.04"), await AtTicks(page, "y", "−0.9"));
        await page.Mouse.MoveAsync(x, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync((x + c) / 2, (y + alpha) / 2, new() { Steps = 4 });
        await page.Mouse.MoveAsync(c, alpha, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        await page.WaitForSelectorAsync("#figure-5[data-painted='eta=40&c=0.04&alpha=-0.9']", new() { Timeout = Patience });
        Assert.EndsWith("/?eta=40&c=0.04&alpha=-0.9#figure-5", page.Url, StringComparison.Ordinal);
        Assert.Equal((double[])[0.04, -0.9], await Point("start"));

        // The focus stays on the start, and arrows move it by a step of its slider, with Shift by ten.
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("Shift+ArrowUp");
        await page.WaitForSelectorAsync("#figure-5[data-painted='eta=40&c=0.039&alpha=-0.8']", new() { Timeout = Patience });
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.matches('#figure-5 .handle')"));
        Assert.Contains("C = 0.039, α = −0.8", (await page.GetAttributeAsync("#figure-5 .handle", "aria-label"))!, StringComparison.Ordinal);
        Assert.Empty(lab.Errors);

        Task<double[]> Point(string name) => page.EvaluateAsync<double[]>(
            "name => { const t = document.querySelector('#figure-5 .plot').data.find(t => t.name === name); return [t.x[0], t.y[0]]; }", name);
    }

    [Fact(Timeout = Limit)]
    public async Task A_start_on_the_parabola_stays_on_it()
    {
        var page = await Opened("/#figure-2", 2, TestContext.Current.CancellationToken);
        await page.FocusAsync("#figure-2 .handle");
        for (var i = 0; i < 5; i++)
        {
            await page.Keyboard.PressAsync("ArrowLeft");
        }

        await page.WaitForSelectorAsync("#figure-2[data-painted$='x0=2']", new() { Timeout = Patience });
        var handle = (await page.Locator("#figure-2 .handle").BoundingBoxAsync())!;
        Assert.Equal(await AtTicks(page, "x", "2", figure: 2), handle.X + handle.Width / 2, 1.0);
        Assert.Equal(await AtTicks(page, "y", "2", figure: 2), handle.Y + handle.Height / 2, 1.5); // S x²/2
        Assert.Empty(lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task Gradient_flow_and_the_time_axis_are_chosen_and_kept_in_links()
    {
        var page = await Opened("/?eta=70#figure-6", 6, TestContext.Current.CancellationToken);
        Assert.Equal(2, await Flows());
        Assert.Equal((double[])[0, 2500], await Range());
        await page.UncheckAsync("#figure-6 [name=flow]");
        await page.CheckAsync("#figure-6 [name=time]");
        await page.WaitForFunctionAsync(
            "() => document.querySelector('#figure-6 .plot').layout.xaxis.title.text === 'η·step'", null, new() { Timeout = Patience });
        Assert.Equal(0, await Flows());
        Assert.Equal((double[])[0, 70 * 2500], await Range());
        Assert.Equal((double[])[70 * 100.0], await page.EvaluateAsync<double[]>("[document.querySelector('#figure-6 .plot').data[0].x[100]]"));

        var link = await page.GetAttributeAsync("#figure-6 .actions a", "href");
        Assert.Equal("/?eta=70&c=0&alpha=-0.8&weight=0.02&flow=off&time=on#figure-6", link);
        var again = await Opened(link!, 6, TestContext.Current.CancellationToken);
        Assert.Equal((double[])[0, 70 * 2500], await again.EvaluateAsync<double[]>("document.querySelector('#figure-6 .plot').layout.xaxis.range"));
        Assert.False(await again.IsCheckedAsync("#figure-6 [name=flow]"));
        Assert.Empty(lab.Errors);

        Task<int> Flows() => page.EvaluateAsync<int>("document.querySelector('#figure-6 .plot').data.filter(t => t.name === 'gradient flow').length");
        Task<double[]> Range() => page.EvaluateAsync<double[]>("document.querySelector('#figure-6 .plot').layout.xaxis.range");
    }

    [Fact(Timeout = Limit)]
    public async Task A_weight_of_one_leaves_the_loss_as_it_is()
    {
        var page = await Opened("/?weight=1#figure-6", 6, TestContext.Current.CancellationToken);
        Assert.True(await page.EvaluateAsync<bool>("""
            (() => {
              const [loss, mean] = ['loss', 'mean of the loss'].map(name => document.querySelector('#figure-6 .plot').data.find(t => t.name === name).y);
              return loss.length === 2501 && loss.every((value, i) => value === mean[i]);
            })()
            """));
    }

    [Fact(Timeout = Limit)]
    public async Task Keys_move_and_zoom_a_plot_and_go_back()
    {
        var page = await Opened("/?eta=70#figure-5", 5, TestContext.Current.CancellationToken);
        await page.FocusAsync("#figure-5 .plot");
        Assert.Equal((double[])[-0.03, 0.07, -1, -0.4], await Window());
        await page.Keyboard.PressAsync("ArrowRight");
        await Becomes(-0.0175, 0.0825, -1, -0.4);
        await page.Keyboard.PressAsync("ArrowUp");
        await Becomes(-0.0175, 0.0825, -0.925, -0.325);
        await page.Keyboard.PressAsync("-");
        await Becomes(-0.0425, 0.1075, -1.075, -0.175);
        await page.Keyboard.PressAsync("0");
        await Becomes(-0.03, 0.07, -1, -0.4);
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement.matches('#figure-5 .plot')"));

        // Of a curve over steps the height stays, and the up and down keys scroll the page.
        await page.FocusAsync("#figure-6 .plot");
        await page.WaitForSelectorAsync("#figure-6[data-painted]", new() { Timeout = Patience });
        await page.Keyboard.PressAsync("+");
        await page.WaitForFunctionAsync("() => document.querySelector('#figure-6 .plot').layout.xaxis.range[0] > 400", null, new() { Timeout = Patience });
        Assert.Equal((double[])[-7, -2], await page.EvaluateAsync<double[]>("document.querySelector('#figure-6 .plot').layout.yaxis.range"));
        Assert.Empty(lab.Errors);

        Task<double[]> Window() => page.EvaluateAsync<double[]>(
            "(() => { const { xaxis, yaxis } = document.querySelector('#figure-5 .plot').layout; return [...xaxis.range, ...yaxis.range]; })()");

        async Task Becomes(params double[] expected)
        {
            await page.WaitForFunctionAsync("""
                expected => {
                  const { xaxis, yaxis } = document.querySelector('#figure-5 .plot').layout;
                  return [...xaxis.range, ...yaxis.range].every((v, i) => Math.abs(v - expected[i]) < 1e-9);
                }
                """, expected, new() { Timeout = Patience });
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Every_panel_explains_itself_by_mouse_keyboard_and_touch()
    {
        var page = await Opened("/#figure-1", 1, TestContext.Current.CancellationToken);
        var buttons = page.Locator(".ask");
        Assert.Equal(11, await buttons.CountAsync()); // the panels of the seven figures
        for (var i = 0; i < 11; i++)
        {
            var button = buttons.Nth(i);
            var answer = page.Locator("#" + await button.GetAttributeAsync("aria-controls"));
            Assert.False(await answer.IsVisibleAsync());
            await button.FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            Assert.True(await answer.IsVisibleAsync());
            Assert.Equal("true", await button.GetAttributeAsync("aria-expanded"));
            Assert.InRange(await answer.Locator("dd").CountAsync(), 1, 4);
            await page.Keyboard.PressAsync("Escape");
            Assert.False(await answer.IsVisibleAsync());
            Assert.True(await button.EvaluateAsync<bool>("b => b === document.activeElement"));
        }

        await buttons.Nth(0).ClickAsync();
        var meaning = await page.Locator(".answer dd").First.TextContentAsync();

        // The glossary has the same words.
        await page.ClickAsync("nav a[href='/glossary']");
        await page.WaitForURLAsync("**/glossary", new() { WaitUntil = WaitUntilState.Commit });
        Assert.Equal(meaning, await page.Locator("dt:text-is('S') + dd").TextContentAsync());
        Assert.Empty(lab.Errors);
    }

    [Theory(Timeout = Limit)]
    [InlineData("")]
    [InlineData("live")]
    [InlineData("compare")]
    [InlineData("glossary")]
    public async Task The_first_key_skips_to_the_content(string path)
    {
        var page = await lab.Open(path, TestContext.Current.CancellationToken);
        await page.Keyboard.PressAsync("Tab");
        Assert.InRange((await page.Locator(".skip").BoundingBoxAsync())!.X, 0, 100);
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await page.EvaluateAsync<bool>("document.activeElement === document.querySelector('main')"));
    }

    [Fact(Timeout = Limit)]
    public async Task Saved_pictures_are_named_by_figure_and_learning_rate()
    {
        var page = await Opened("/?eta=71&c=0.02#figure-6", 6, TestContext.Current.CancellationToken);
        Assert.Equal("figure-6-eta-71-c-0.02.png", await Saved("#figure-6 .save"));
        await page.HoverAsync("#figure-6 .plot");
        Assert.Equal("figure-6-eta-71-c-0.02.png", await Saved("#figure-6 .modebar-btn[data-title='Save the picture']"));
        await page.Locator("#figure-4").ScrollIntoViewIfNeededAsync();
        await page.WaitForSelectorAsync("#figure-4[data-painted]", new() { Timeout = Patience });
        Assert.Equal("figure-4b-eta-0.15.png", await Saved("#figure-4 .save >> nth=1"));

        async Task<string> Saved(string button) => (await page.RunAndWaitForDownloadAsync(() => page.ClickAsync(button))).SuggestedFilename;
    }

    [Fact(Timeout = Limit)]
    public async Task On_a_phone_a_swipe_over_a_plot_scrolls_the_page()
    {
        var page = await lab.Open("/?eta=70#figure-5", TestContext.Current.CancellationToken,
            new() { ViewportSize = new() { Width = 390, Height = 844 }, HasTouch = true, IsMobile = true });
        await page.ReloadAsync(); // the first page of a window does not yet know that it is touched
        await Painted(page, 5);
        Assert.True(await page.EvaluateAsync<bool>("matchMedia('(pointer: coarse)').matches"));
        Assert.Equal(0, await page.Locator("#figure-5 .modebar-btn").CountAsync());

        // The map is readable: most of the width belongs to it, and its numbers are not on each other.
        var box = await page.EvaluateAsync<double[]>("""
            (() => {
              const { xaxis, yaxis } = document.querySelector('#figure-5 .plot')._fullLayout;
              return [xaxis._length, yaxis._length, innerWidth];
            })()
            """);
        Assert.InRange(box[0], 0.7 * box[2], box[2]);
        Assert.InRange(box[1], 180, 500);
        Assert.Equal(0, await page.EvaluateAsync<int>("""
            (() => {
              const texts = [...document.querySelectorAll('#figure-5 svg text')].filter(t => t.textContent).map(t => t.getBoundingClientRect());
              const boxes = texts.filter(b => b.width > 0);
              const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
              return boxes.filter((a, i) => boxes.some((b, j) => j > i && meet(a, b))).length;
            })()
            """));

        var plot = page.Locator("#figure-5 .plot");
        await plot.EvaluateAsync("plot => scrollTo(0, scrollY + plot.getBoundingClientRect().top - 200)");
        await AtRest(page);
        var (before, middle) = (await page.EvaluateAsync<double>("scrollY"), (await plot.BoundingBoxAsync())!);
        var devtools = await page.Context.NewCDPSessionAsync(page);
        var (x, y) = (middle.X + middle.Width / 2, middle.Y + middle.Height / 2);
        await Touch("touchStart", new { x, y });
        for (var moved = 20; moved <= 240; moved += 20)
        {
            await Touch("touchMove", new { x, y = y - moved });
        }

        await Touch("touchEnd");
        await page.WaitForFunctionAsync("before => scrollY - before > 150", before, new() { Timeout = Patience });
        Assert.Equal((double[])[-0.03, 0.07], await page.EvaluateAsync<double[]>("document.querySelector('#figure-5 .plot').layout.xaxis.range"));

        // A finger on the start moves it, and not the page.
        var handle = page.Locator("#figure-5 .handle");
        await handle.EvaluateAsync("handle => scrollTo(0, scrollY + handle.getBoundingClientRect().top - 300)");
        await AtRest(page);
        var (still, start) = (await page.EvaluateAsync<double>("scrollY"), (await handle.BoundingBoxAsync())!);
        (x, y) = (start.X + start.Width / 2, start.Y + start.Height / 2);
        Assert.True(await page.EvaluateAsync<bool>("([x, y]) => document.elementFromPoint(x, y).matches('#figure-5 .handle')", new double[] { x, y }));
        await Touch("touchStart", new { x, y });
        for (var moved = 10; moved <= 60; moved += 10)
        {
            await Touch("touchMove", new { x = x + moved, y = y + moved });
        }

        await Touch("touchEnd");
        await page.WaitForFunctionAsync(
            "() => /c=0\\.0[12]\\d*&alpha=-0\\.9/.test(document.getElementById('figure-5').dataset.painted)", null, new() { Timeout = Patience });
        Assert.Equal(still, await page.EvaluateAsync<double>("scrollY"));
        Assert.Empty(lab.Errors);

        Task Touch(string type, params object[] points) => devtools.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = type, ["touchPoints"] = points });
    }

    [Fact(Timeout = Limit)]
    public async Task The_page_shows_what_the_figures_of_the_article_show()
    {
        var page = await lab.Open("/", TestContext.Current.CancellationToken);
        Assert.Equal("Loss spikes", await page.TextContentAsync("h1"));
        (int Figure, string[] Names)[] expected =
        [
            (1, ["f(x)"]),
            (2, ["f(x)", "gradient descent", "start", "end", "gradient flow"]),
            (3, ["level sets", "axis of λ₁", "axis of λ₂"]),
            (4, ["level sets", "gradient flow", "gradient descent", "start", "end"]),
            (5, ["path, dark to light", "S = 2/η = 2.00, nowhere here", "start", "end", "gradient flow"]),
            (6, ["loss", "mean of the loss", "S = λ₁", "λ₂", "2/η", "gradient flow", "spike (tinted)"]),
            (7, ["S", "2/η", "g·v₁, dominant", "g·v₂, non-dominant", "gradient flow"]),
        ];
        foreach (var (figure, names) in expected)
        {
            await page.Locator($"#figure-{figure}").ScrollIntoViewIfNeededAsync();
            await Painted(page, figure);
            var drawn = await page.EvaluateAsync<string[]>(
                "figure => [...document.querySelectorAll(`#figure-${figure} .plot`)].flatMap(p => p.data.map(t => t.name ?? ''))", figure);
            Assert.Empty(names.Except(drawn));
        }

        var legend = await page.EvaluateAsync<string[]>("[...document.querySelectorAll('#figure-5 .legendtext')].map(t => t.textContent)");
        Assert.Contains("S = 2/η = 2.00, nowhere here", legend);
        Assert.Equal("70", await page.InputValueAsync("#eta-6"));
        Assert.InRange(await page.Locator("main math").CountAsync(), 20, 80);
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('main math')].every(m => m.getBoundingClientRect().width > 5)"));

        // What was measured about the claims, next to the figures that they belong to.
        await page.WaitForSelectorAsync("body[data-claims='7']", new() { Timeout = Patience });
        Assert.Equal((int[])[1, 1, 4, 1], await page.EvaluateAsync<int[]>(
            "[2, 4, 6, 7].map(figure => document.querySelectorAll(`#figure-${figure} .claims tbody tr`).length)"));
        Assert.DoesNotMatch(@"\dE[+−-]?\d", (await page.TextContentAsync("main"))!);
        Assert.Empty(lab.Errors);
    }

    /// <summary>Where the label of a tick says that a number is, in pixels of the window.</summary>
    private static Task<float> AtTicks(IPage page, string axis, string label, int figure = 5) => page.EvaluateAsync<float>("""
        ([figure, axis, label]) => {
          const tick = [...document.querySelectorAll(`#figure-${figure} .plot .${axis}tick text`)].find(t => t.textContent === label).getBoundingClientRect();
          return axis === 'x' ? tick.left + tick.width / 2 : tick.top + tick.height / 2;
        }
        """, new object[] { figure, axis, label });

    /// <summary>
    /// Nothing moves any more: the tables of claims, which come late on a busy machine, have their room, and a swipe has run out. Otherwise a
    /// finger would come down where the figure was.
    /// </summary>
    private static async Task AtRest(IPage page)
    {
        await page.WaitForSelectorAsync("body[data-claims='7']", new() { Timeout = Patience });
        await page.EvaluateAsync("async () => { for (let seen; seen !== scrollY;) { seen = scrollY; await new Promise(r => setTimeout(r, 300)); } }");
    }

    private static Task Painted(IPage page, int figure) => page.WaitForSelectorAsync($"#figure-{figure}[data-painted]", new() { Timeout = Patience });

    private async Task<IPage> Opened(string path, int figure, CancellationToken stop)
    {
        var page = await lab.Open(path, stop);
        await Painted(page, figure);
        return page;
    }
}
