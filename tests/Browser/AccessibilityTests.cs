using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>Every page, light and wide, dark and narrow: axe reports no violation, and nothing is wider than the window.</summary>
/// <param name="lab">The lab, the same for all of these.</param>
public sealed class AccessibilityTests(RunningLab lab) : IClassFixture<RunningLab>
{
    private const float Patience = 60_000;
    private const int Limit = 120_000;
    private static readonly ViewportSize Wide = new() { Width = 1280, Height = 900 }, Narrow = new() { Width = 360, Height = 740 };

    /// <summary>
    /// Texts of drawings, which axe does not judge, whose contrast to the card behind them is below 4.5:1 by the formula of WCAG 2.2. A
    /// colour is read from what the browser has computed; the background is what the plot is filled with.
    /// </summary>
    private const string FaintTexts = """
        () => {
          const channels = text => text.match(/[\d.]+/g).map(Number);
          const luminance = rgb => rgb.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const paper = plot => channels(getComputedStyle(plot.querySelector('.main-svg')).backgroundColor);
          const texts = [...document.querySelectorAll('.js-plotly-plot svg text')].filter(t => t.textContent.trim());
          return texts.flatMap(text => {
            const style = getComputedStyle(text), back = paper(text.closest('.js-plotly-plot')), opacity = Number(style.fillOpacity) * Number(style.opacity);
            const ink = channels(style.fill).slice(0, 3).map((v, i) => opacity * v + (1 - opacity) * back[i]);
            const [dark, light] = [luminance(ink), luminance(back)].sort((a, b) => a - b);
            const ratio = (light + 0.05) / (dark + 0.05);
            return back[3] === 0 || ratio < 4.5 ? [`${text.textContent}: ${style.fill} on ${back}, ${ratio.toFixed(2)}`] : [];
          });
        }
        """;

    // The address includes the numbers of the runs after they have started.
    private static string Compare = "compare";

    // What is wider than the window does not depend on the colours, and contrast does not depend on the width.
    public static TheoryData<ColorScheme, bool> Views => new((ColorScheme.Light, false), (ColorScheme.Dark, true));

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Views))]
    public Task The_article_is_accessible(ColorScheme scheme, bool narrow) => Look("", scheme, narrow, TestContext.Current.CancellationToken);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Views))]
    public Task Live_training_is_accessible(ColorScheme scheme, bool narrow) => Look("live", scheme, narrow, TestContext.Current.CancellationToken);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Views))]
    public Task The_comparison_of_toy_and_network_is_accessible(ColorScheme scheme, bool narrow) =>
        Look("compare", scheme, narrow, TestContext.Current.CancellationToken);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Views))]
    public Task The_glossary_is_accessible(ColorScheme scheme, bool narrow) => Look("glossary", scheme, narrow, TestContext.Current.CancellationToken);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Views))]
    public Task The_list_of_runs_is_accessible(ColorScheme scheme, bool narrow) => Look("runs", scheme, narrow, TestContext.Current.CancellationToken);

    private async Task Look(string path, ColorScheme scheme, bool narrow, CancellationToken stop)
    {
        var page = await lab.Open(path == "compare" ? Compare : path, stop, new() { ColorScheme = scheme, ViewportSize = narrow ? Narrow : Wide });
        await (path switch
        {
            "" => Figures(page),
            "glossary" => Task.CompletedTask,
            "runs" => Listed(page),
            _ => Runs(page, path),
        });
        Compare = path == "compare" ? new Uri(page.Url).PathAndQuery[1..] : Compare;
        await RunningLab.Keep(page, $"{(path.Length == 0 ? "article" : path)}-{scheme}-{(narrow ? "narrow" : "wide")}");
        var found = await page.RunAxe();
        Assert.Empty(found.Violations.Select(v => $"{v.Id} ({v.Impact}): {v.Help}: {string.Join("; ", v.Nodes.Take(3).Select(n => n.Html))}"));
        Assert.Empty(await page.EvaluateAsync<string[]>(FaintTexts));
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth"), int.MinValue, 0);
        Assert.Empty(lab.Errors);
        await page.Context.CloseAsync();
    }

    private static async Task Figures(IPage page)
    {
        for (var figure = 1; figure <= 7; figure++)
        {
            await page.Locator($"#figure-{figure}").ScrollIntoViewIfNeededAsync();
            await page.WaitForSelectorAsync($"#figure-{figure}[data-painted]", new() { Timeout = Patience });
        }

        await page.ClickAsync("#figure-7 .actions button");
        await page.Locator("#figure-5 .ask").ClickAsync();
        await page.WaitForSelectorAsync("body[data-claims]", new() { Timeout = Patience });
        await page.EvaluateAsync("scrollTo(0, 0)");
    }

    /// <summary>A folder that holds no run yet, or those of the other tests, all of them chosen.</summary>
    private static async Task Listed(IPage page)
    {
        await page.WaitForSelectorAsync("body[data-listed]", new() { Timeout = Patience });
        foreach (var box in await page.Locator("#list input").AllAsync())
        {
            await box.CheckAsync();
        }
    }

    /// <summary>The first of these tests starts the runs and pauses them.</summary>
    private static async Task Runs(IPage page, string path)
    {
        if (path == "live")
        {
            await page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
            await page.WaitForSelectorAsync("body[data-received]", new() { Timeout = Patience });
            if (await page.Locator(".run").CountAsync() == 0)
            {
                foreach (var experiment in (string[])["quadratic", "edge-of-stability"])
                {
                    await page.SelectOptionAsync("#experiment", experiment);
                    await page.ClickAsync("#start button");
                }

                await page.Locator(".run[data-run='2']").WaitForAsync(new() { Timeout = Patience });
            }

            await Drawn(page, "figure");
            await Pause(page, ".run [data-act=pause]");
            await page.ClickAsync("#table summary");
            await page.WaitForSelectorAsync("#table tbody tr", new() { Timeout = Patience });
            await page.EvaluateAsync("scrollTo(0, 0)");
            return;
        }

        await page.WaitForSelectorAsync("#both:not([disabled])", new() { Timeout = Patience });
        if (!new Uri(page.Url).Query.Contains("network", StringComparison.Ordinal))
        {
            await page.ClickAsync("#both");
        }

        await Drawn(page, "figure-toy");
        await Drawn(page, "figure-network");
        await Pause(page, "#pause");
    }

    private static Task Drawn(IPage page, string figure) =>
        page.WaitForFunctionAsync("figure => document.getElementById(figure).dataset.step > 20", figure, new() { Timeout = Patience });

    private static Task Pause(IPage page, string buttons) =>
        page.EvaluateAsync("buttons => document.querySelectorAll(buttons).forEach(b => b.disabled || b.hidden || b.click())", buttons);
}
