using System.Xml.Linq;
using LossSpikes.Lab.Figures;
using LossSpikes.Lab.Reports;
using LossSpikes.Lab.Runs;
using LossSpikes.Tests.Runs;
using SkiaSharp;

namespace LossSpikes.Tests.Figures;

public sealed class RunFiguresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void A_PNG_is_drawn(int every)
    {
        SyntheticRun.Write(_folder, every);
        var paths = Draw(FigureFormat.Png);
        Assert.Equal(["run.png", "gradient.png"], paths.Select(Path.GetFileName));
        Assert.All(paths, p => AssertDrawn(p, lines: FigureStyle.Mode(0).ToSKColor()));
    }

    [Fact]
    public void The_text_of_an_SVG_stays_text()
    {
        SyntheticRun.Write(_folder);
        var paths = Draw(FigureFormat.Svg);
        Assert.Equal(["run.svg", "gradient.svg"], paths.Select(Path.GetFileName));
        var texts = Texts(paths[0]);
        AssertHolds(texts, ["edge-of-stability", "step", "full-batch loss", "spike", "10⁻²"]);
        AssertHolds(texts, ["eigenvalues of the Hessian", "λ₁", "λ₂", "2/η = 20", "first crossing, step 712"]);
        Assert.Single(texts, "2/η = 20");
        AssertHolds(Texts(paths[1]), ["g·v₁", "g·v₂", "gradient along eigenvectors", "largest eigenvalue of the Hessian"]);
    }

    [Fact]
    public void A_diverged_run_is_drawn()
    {
        SyntheticRun.WriteDiverged(_folder);
        Assert.All(Draw(FigureFormat.Png), p => AssertDrawn(p, FigureStyle.Mode(0).ToSKColor()));
        Assert.DoesNotContain("NaN", File.ReadAllText(Draw(FigureFormat.Svg)[0]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SyntheticRun.Header + "\n")]
    [InlineData(SyntheticRun.Header + "\n0,1,,,2,1,20,0.1,0.1,0,0,4,0.1\n")]
    [InlineData("step,loss\n0,nan\n1,nan\n")]
    [InlineData("step,loss\n0,1\n1,0\n2,0\n")]
    [InlineData(SyntheticRun.Header + "\n0,1,,,nan,,inf,,inf,,,,\n1,inf,,,inf,,,,,,,,\n")]
    public void Empty_and_non_finite_metrics_are_drawn(string metrics)
    {
        _folder.Write("metrics.csv", metrics);
        _folder.Write("events.jsonl", "");
        Assert.All(Draw(FigureFormat.Png), p => AssertDrawn(p, FigureStyle.Ink.ToSKColor()));
    }

    [Fact]
    public void A_run_without_measurements_has_one_figure_with_one_panel()
    {
        _folder.Write("metrics.csv", "step,loss,sharpness,gradient_dot_v1\n0,1,,\n1,0.5,,\n");
        _folder.Write("events.jsonl", "");
        var path = Assert.Single(Draw(FigureFormat.Svg));
        Assert.DoesNotContain("eigenvalues of the Hessian", Texts(path));
    }

    [Fact]
    public void Older_figures_are_replaced_and_no_temporary_files_are_left()
    {
        SyntheticRun.WriteDiverged(_folder);
        var first = Draw(FigureFormat.Png);
        File.WriteAllText(first[0], "old");
        Assert.Equal(first, Draw(FigureFormat.Png));
        AssertDrawn(first[0], FigureStyle.Ink.ToSKColor());
        Assert.Equal(first.Order(), Directory.GetFiles(Path.Combine(_folder.Root, "figures")).Order());
    }

    private IReadOnlyList<string> Draw(FigureFormat format) => RunFigures.Draw(RecordedRun.Open(_folder.Root), format);

    private static string[] Texts(string path) => [.. XDocument.Load(path).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim())];

    private static void AssertHolds(string[] texts, string[] expected) => Assert.Empty(expected.Except(texts));

    private static void AssertDrawn(string path, SKColor lines)
    {
        using var image = SKBitmap.Decode(path);
        Assert.Equal((2400, 1600), (image.Width, image.Height));
        Assert.True(image.Pixels.Count(p => p == lines) > 100);
    }
}
