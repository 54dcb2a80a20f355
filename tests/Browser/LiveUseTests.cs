using System.Globalization;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>What a person does with the live pages: shapes a run, changes it, asks what a panel shows, with mouse, keys and finger.</summary>
public sealed class LiveUseTests : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const int Limit = 120_000;

    private readonly RunningLab _lab = new();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task A_run_is_shaped_before_it_starts_and_its_interventions_are_marked()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        await page.SelectOptionAsync("#experiment", "chebyshev");
        await page.FillAsync(".shape [name=width]", "0");
        await page.ClickAsync("#start button");
        await page.Locator("#message", new() { HasText = "must be at least 1" }).WaitForAsync(new() { Timeout = Patience });

        foreach (var (name, value) in new[] { ("learning_rate", "0.05"), ("seed", "2"), ("steps", "50"), ("width", "8, 9") })
        {
            await page.FillAsync($".shape [name={name}]", value);
        }

        await page.CheckAsync("#start [name=paused]");
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-phase=paused]").WaitForAsync(new() { Timeout = Patience });
        var config = await File.ReadAllTextAsync(Path.Combine(_lab.Folder, "runs/chebyshev/config.yaml"), TestContext.Current.CancellationToken);
        Assert.All(
            (string[])["learning_rate: 0.05", "seed: 2", "steps: 50", "hidden: [8, 9]"], line => Assert.Contains(line, config, StringComparison.Ordinal));

        await Step(page, "0");
        await page.FillAsync(".run [data-part=eta]", "0.06");
        await page.PressAsync(".run [data-part=eta]", "Enter");
        await Step(page, "1");
        await page.WaitForSelectorAsync("#figure[data-changes='1'][data-step='1']", new() { Timeout = Patience });
        Assert.StartsWith("η := 0.06 at step 1", await page.TextContentAsync("#happened li"), StringComparison.Ordinal);
        Assert.Contains("the threshold T went down", await page.TextContentAsync("#happened li .hint"), StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>(
            "() => document.getElementById('figure').layout.shapes.some(s => s.path === 'M1,0L1,1' && s.xref === 'x' && s.yref === 'paper')"));
        Assert.Contains("η := 0.06", await page.Locator("#figure .annotation-text").AllTextContentsAsync());
        Assert.Empty(_lab.Errors);
    }

    [Fact(Timeout = Limit)]
    public async Task Keys_move_the_picture_and_the_focus_is_never_lost()
    {
        var page = await Open(TestContext.Current.CancellationToken);
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await Focused(page));
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("experiment", await page.EvaluateAsync<string>("document.activeElement.id"));

        await page.SelectOptionAsync("#experiment", "edge-of-stability");
        await page.FocusAsync("#start button");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".run[data-phase=running]").WaitForAsync(new() { Timeout = Patience });
        Assert.Equal("Start", await Focused(page));
        await page.FocusAsync(".run [data-act=pause]");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".run[data-phase=paused]").WaitForAsync(new() { Timeout = Patience });
        Assert.Equal("Resume", await Focused(page));

        await page.WaitForFunctionAsync("() => Number(document.getElementById('figure').dataset.step) >= 0", null, new() { Timeout = Patience });
        await page.FocusAsync("#figure");
        var (from, to) = (await Number(page, "from"), await Number(page, "to"));
        await page.Keyboard.PressAsync("+");
        await page.WaitForFunctionAsync("from => Number(document.getElementById('figure').dataset.from) > from", from, new() { Timeout = Patience });
        Assert.Equal((to - from) / 2, await Number(page, "to") - await Number(page, "from"), 1e-6 * to);
        var closer = await Number(page, "from");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForFunctionAsync("from => Number(document.getElementById('figure').dataset.from) > from", closer, new() { Timeout = Patience });

        for (var panel = 0; panel < 4; panel++)
        {
            await page.FocusAsync($"[aria-controls='figure-help-{panel}']");
            await page.Keyboard.PressAsync("Enter");
            var answer = page.Locator($"#figure-help-{panel}");
            Assert.True((await answer.Locator("p").First.TextContentAsync())!.Length > 40);
            Assert.True(await answer.Locator("dt").CountAsync() > 0);
            Assert.True(await answer.IsVisibleAsync());
            await page.Keyboard.PressAsync("Escape");
            Assert.False(await answer.IsVisibleAsync());
        }

        await page.FocusAsync(".run [data-act=stop]");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".run[data-phase=ended]").WaitForAsync(new() { Timeout = Patience });
        Assert.Equal("Remove", await Focused(page));
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".run").WaitForAsync(new() { State = WaitForSelectorState.Detached, Timeout = Patience });
        Assert.Equal("Start", await Focused(page));
        Assert.Empty(_lab.Errors);
    }

    /// <summary>A finger that begins on the picture scrolls the page, as it does anywhere.</summary>
    [Fact(Timeout = Limit)]
    public async Task On_a_phone_the_picture_is_above_the_runs_and_a_swipe_on_it_scrolls_the_page()
    {
        var page = await Open(
            TestContext.Current.CancellationToken, new() { ViewportSize = new() { Width = 390, Height = 844 }, HasTouch = true, IsMobile = true });
        await page.ReloadAsync(); // the first page of a window does not yet know that it is touched
        await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        await page.SelectOptionAsync("#experiment", "quadratic");
        await page.ClickAsync("#start button");
        await page.Locator(".run[data-phase=ended]").WaitForAsync(new() { Timeout = Patience });
        await page.WaitForSelectorAsync("#figure[data-step='30']", new() { Timeout = Patience });
        await RunningLab.Keep(page, "live-phone");
        var (figure, card) = ((await page.Locator("#figure").BoundingBoxAsync())!, (await page.Locator(".run").BoundingBoxAsync())!);
        Assert.True(figure.Y + figure.Height <= card.Y);
        Assert.Equal(0, await page.Locator(".modebar:visible").CountAsync());

        await page.Locator("#figure").ScrollIntoViewIfNeededAsync();
        var (before, at) = (await page.EvaluateAsync<double>("scrollY"), (await page.Locator("#figure").BoundingBoxAsync())!);
        var devtools = await page.Context.NewCDPSessionAsync(page);
        var y = Math.Clamp(at.Y + (at.Height / 2), 300, 800);
        await Touch("touchStart", new { x = 200, y });
        for (var moved = 20; moved <= 240; moved += 20)
        {
            await Touch("touchMove", new { x = 200, y = y - moved });
        }

        await Touch("touchEnd");
        await page.WaitForFunctionAsync("before => scrollY > before + 100", before, new() { Timeout = Patience });
        Assert.Empty(_lab.Errors);

        Task Touch(string type, params object[] points) => devtools.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = type, ["touchPoints"] = points });
    }

    private async Task<IPage> Open(CancellationToken stop, BrowserNewContextOptions? window = null)
    {
        var page = await _lab.Open("live", stop, window);
        await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        return page;
    }

    private static async Task Step(IPage page, string step)
    {
        await page.ClickAsync(".run [data-act=step]");
        await page.WaitForSelectorAsync($".run[data-step='{step}']", new() { Timeout = Patience });
    }

    private static Task<string> Focused(IPage page) => page.EvaluateAsync<string>("document.activeElement.textContent");

    private static async Task<double> Number(IPage page, string mark) =>
        double.Parse((await page.GetAttributeAsync("#figure", $"data-{mark}"))!, CultureInfo.InvariantCulture);
}
