using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Article.Sliders;

namespace LossSpikes.Tests.Playground;

/// <summary>The data that the page receives, against the numbers of the engine.</summary>
public sealed class FigureEndpointTests(RunningPlayground playground) : IClassFixture<RunningPlayground>
{
    private static readonly HamletSweep Sweep = new();

    private static readonly ISliderFigure[] Figures =
    [
        new Parabola(), new ParabolaDescent(), new LevelSets(), new QuadraticDescent(),
        new Landscape(Sweep), new SpikesPerStep(Sweep), new GradientComponents(Sweep),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task Every_figure_equals_the_engine_at_both_ends_of_every_slider(int number)
    {
        var figure = Figures[number - 1];
        var defaults = SliderValues.Defaults(figure.Sliders);
        foreach (var values in figure.Sliders.SelectMany(s => new[] { defaults.With(s.Name, s.Low), defaults.With(s.Name, s.High) }).Prepend(defaults))
        {
            var query = string.Join('&', values.All.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}={v.Value}")));
            var expected = figure.At(values);

            var (head, numbers) = Unpack(await playground.Client.GetByteArrayAsync($"/api/figures/{number}?{query}", TestContext.Current.CancellationToken));
            Assert.Equal("data", (string)head["tables"]![0]!["name"]!);
            Assert.Equal(expected.Table.Columns, head["tables"]![0]!["columns"]!.AsArray().Select(c => (string)c!));
            Assert.Equal(
                Enumerable.Range(0, expected.Table.Columns.Count).SelectMany(c => expected.Table.Rows.Select(r => r[c])),
                numbers.Take(expected.Table.Columns.Count * expected.Table.Rows.Count));
            Assert.Equal(expected.Readouts.Select(r => r.Text), head["head"]!["readouts"]!.AsArray().Select(r => (string)r!["text"]!));

            var csv = await playground.Client.GetStringAsync($"/api/figures/{number}.csv?{query}", TestContext.Current.CancellationToken);
            Assert.Equal(expected.Table.ToCsv(), csv);
        }
    }

    [Theory]
    [InlineData("6?eta=NaN")]
    [InlineData("6?eta=1e9")]
    [InlineData("6?eta=abc")]
    [InlineData("6?eta=")]
    [InlineData("6?eta=1&eta=2")]
    [InlineData("6?eta=70%00")]
    [InlineData("6?eta=%2070")]
    [InlineData("6?eta=70.5")]
    [InlineData("4?steps=1000000")]
    [InlineData("4?eta=-Infinity")]
    [InlineData("1?file=/etc/passwd")]
    [InlineData("2?x0=3.01")]
    [InlineData("4?x1=NaN")]
    [InlineData("5?c=0.0701")]
    [InlineData("5?c=0x1")]
    [InlineData("6?alpha=-1.001")]
    [InlineData("6?weight=0")]
    [InlineData("7?alpha=−0.8")]
    public async Task Values_outside_the_sliders_are_refused_in_one_sentence(string query)
    {
        var answer = await playground.Client.GetAsync("/api/figures/" + query, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Single((await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n'));
        Assert.Equal("", playground.Diagnostics.ToString());
    }

    [Fact]
    public async Task The_page_of_the_article_is_read_without_a_script()
    {
        var page = await playground.Client.GetStringAsync("/", TestContext.Current.CancellationToken);

        Assert.Contains("<h1>Loss spikes</h1>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("{figures}", page, StringComparison.Ordinal);
        Assert.All(Figures, figure => Assert.Contains(LossSpikes.Lab.Pages.MathText.ToHtml(figure.Text), page, StringComparison.Ordinal));
        Assert.Contains("sharpness: λ₁", await playground.Client.GetStringAsync("/glossary", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_panel_is_described_with_the_words_of_the_glossary()
    {
        var figures = JsonNode.Parse(await playground.Client.GetStringAsync("/api/figures", TestContext.Current.CancellationToken))!.AsArray();
        var glossary = System.Net.WebUtility.HtmlDecode(File.ReadAllText(Repository.File("docs/glossary.md")));

        Assert.Equal([1, 2, 1, 2, 1, 2, 2], figures.Select(f => f!["panels"]!.AsArray().Count));
        Assert.All(figures.SelectMany(f => f!["panels"]!.AsArray()), panel =>
        {
            Assert.EndsWith(".", (string)panel!["sentence"]!, StringComparison.Ordinal);
            Assert.All(panel["terms"]!.AsArray(), t => Assert.Contains($"| {(string)t!["term"]!} | ", glossary, StringComparison.Ordinal));
        });
    }

    private static (JsonNode Head, double[] Numbers) Unpack(byte[] block)
    {
        var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(block);
        return (JsonNode.Parse(block.AsSpan(4, length))!, MemoryMarshal.Cast<byte, double>(block.AsSpan(4 + length)).ToArray());
    }
}
