using System.Globalization;
using Microsoft.Playwright;

namespace LossSpikes.BrowserTests;

/// <summary>What the live pages draw and write, against metrics.csv.</summary>
public sealed class LivePictureTests : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const int Limit = 120_000;

    private readonly RunningLab _lab = new();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    /// <summary>
    /// The power law at η = 70 flips at every step. Whatever is left out, each column of pixels shows the lowest and the highest value of its
    /// rows, and lines enter and leave it at its first and last row.
    /// </summary>
    [Fact(Timeout = Limit)]
    public async Task Each_column_of_pixels_has_the_extremes_of_its_rows()
    {
        var page = await Finished("power-law", TestContext.Current.CancellationToken, new() { ViewportSize = new() { Width = 500, Height = 900 } });
        var (low, high) = (await Number(page, "el.layout.xaxis.range[0]"), await Number(page, "el.layout.xaxis.range[1]"));
        var width = await Number(page, "el._fullLayout.xaxis._length");
        var metrics = Metrics("power-law");
        var (steps, sharpness) = (Column(metrics, "step"), Column(metrics, "sharpness"));
        var along = Column(metrics, "gradient_dot_v1");
        Assert.True(steps.Length > 5 * width);
        foreach (var (axis, values) in new[]
        {
            ("y", Column(metrics, "loss")),
            ("y2", [.. sharpness.Zip(Column(metrics, "threshold"), (s, t) => s / t)]),
            ("y3", along),
            ("y4", [.. along.Zip(sharpness, (g, s) => g / s)]),
        })
        {
            // The first of its panel that is drawn on top: the line of v₁ is added after |g⊥| and before the others.
            var drawn = await page.EvaluateAsync<double[][]>(
                "axis => { const t = document.getElementById('figure').data.find(t => t.x.length > 1 && t.yaxis === axis && t.label !== '|g⊥|');"
                    + " return [t.x, t.y]; }",
                axis);
            var columns = Columns(steps, values);
            var shown = Columns(drawn[0], drawn[1]);
            Assert.Equal(columns.Keys.Order(), shown.Keys.Order());
            foreach (var (column, rows) in columns)
            {
                double[] points = shown[column];
                Assert.Equal((rows[0], rows.Min(), rows.Max(), rows[^1]), (points[0], points.Min(), points.Max(), points[^1]));
                Assert.InRange(points.Length, 1, 4);
            }
        }

        Assert.Empty(_lab.Errors);

        Dictionary<int, double[]> Columns(double[] at, double[] values) =>
            at.Zip(values).GroupBy(p => (int)Math.Floor((p.First - low) / (high - low) * width), p => p.Second).ToDictionary(g => g.Key, g => g.ToArray());
    }

    [Fact(Timeout = Limit)]
    public async Task A_finished_run_shows_the_learning_rate_of_its_last_row()
    {
        await Finished("learning-rate-drop", TestContext.Current.CancellationToken, steps: 520);
        var (page, rates) = (_page!, Column(Metrics("learning-rate-drop"), "learning_rate"));

        Assert.NotEqual(rates[0], rates[^1]);
        Assert.Equal(rates[^1], double.Parse((await page.GetAttributeAsync(".run", "data-eta"))!, CultureInfo.InvariantCulture));
    }

    [Fact(Timeout = Limit)]
    public async Task The_catapult_is_in_the_picture_to_its_peak()
    {
        var page = await Finished("catapult", TestContext.Current.CancellationToken);
        var loss = Column(Metrics("catapult"), "loss");

        Assert.True(loss.Max() > 100 * loss[0]);
        Assert.InRange(Math.Log10(loss.Max()), await Number(page, "el._fullLayout.yaxis.range[0]"), await Number(page, "el._fullLayout.yaxis.range[1]"));
        Assert.InRange(Math.Log10(loss.Min()), await Number(page, "el._fullLayout.yaxis.range[0]"), await Number(page, "el._fullLayout.yaxis.range[1]"));
    }

    [Fact(Timeout = Limit)]
    public async Task Axes_of_many_decades_and_of_thousands_of_steps_can_be_read()
    {
        var page = await Finished("quadratic", TestContext.Current.CancellationToken, steps: 6000); // f64: the loss falls to the smallest numbers
        var ticks = await page.EvaluateAsync<string[][]>(
            "['.xtick text', '.ytick text'].map(t => [...document.querySelectorAll('#figure ' + t)].map(e => e.textContent))");

        Assert.True(await Number(page, "el._fullLayout.yaxis.range[1] - el._fullLayout.yaxis.range[0]") > 12);
        Assert.InRange(ticks[1].Length, 2, 8);
        Assert.Contains("5,000", ticks[0]);
        Assert.All(ticks[0], t => Assert.Matches("^[0-9,]+$", t));
    }

    private IPage? _page;

    /// <summary>The page after one experiment has been run to its end, alone, with everything drawn.</summary>
    private async Task<IPage> Finished(string experiment, CancellationToken stop, BrowserNewContextOptions? window = null, int? steps = null)
    {
        if (steps is not null)
        {
            var folder = Directory.CreateDirectory(Path.Combine(_lab.Folder, "experiments")).FullName;
            var text = await File.ReadAllLinesAsync(RunningLab.Repository($"experiments/{experiment}.yaml"), stop);
            await File.WriteAllLinesAsync(
                Path.Combine(folder, "changed.yaml"),
                text.Select(l => l.StartsWith("steps:", StringComparison.Ordinal) ? $"steps: {steps}" : l),
                stop);
        }

        _page = await _lab.Open("live", stop, window);
        await _page.WaitForSelectorAsync("#experiment:not([disabled])", new() { Timeout = Patience });
        await _page.SelectOptionAsync("#experiment", steps is null ? experiment : "changed");
        await _page.ClickAsync("#start button");
        await _page.Locator(".run[data-phase=ended]").WaitForAsync(new() { Timeout = 2 * Patience });
        await _page.WaitForFunctionAsync(
            "step => document.getElementById('figure').dataset.step === step",
            await _page.GetAttributeAsync(".run", "data-step"),
            new() { Timeout = Patience });
        await RunningLab.Keep(_page, $"finished-{experiment}");
        return _page;
    }

    private static Task<double> Number(IPage page, string expression) =>
        page.EvaluateAsync<double>($"() => {{ const el = document.getElementById('figure'); return {expression}; }}");

    private string[] Metrics(string run) => File.ReadAllLines(Path.Combine(_lab.Folder, "runs", run, "metrics.csv"));

    private static double[] Column(string[] metrics, string name)
    {
        var at = Array.IndexOf(metrics[0].Split(','), name);
        return [.. metrics.Skip(1).Select(row => double.Parse(row.Split(',')[at], CultureInfo.InvariantCulture))];
    }
}
