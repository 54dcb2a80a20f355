using System.Globalization;
using System.Text.Json.Nodes;
using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Article;

/// <summary>lab article as a whole: its data against closed forms, its claims against its data.</summary>
public sealed class ArticleTests(ArticleTests.Drawn drawn) : IClassFixture<ArticleTests.Drawn>
{
    [Fact]
    public void Every_figure_is_written_as_PNG_SVG_and_CSV()
    {
        for (var n = 1; n <= 7; n++)
        {
            Assert.All((string[])["png", "svg", "csv"], e => Assert.True(new FileInfo(drawn.File($"figure-{n}.{e}")).Length > 1000, $"figure-{n}.{e}"));
        }

        Assert.True(File.Exists(drawn.File("figure-6-eta-70.png")));
        Assert.True(File.Exists(drawn.File("figure-7-eta-80.svg")));
    }

    [Fact]
    public void Parabola_iterates_and_flow_equal_their_closed_forms()
    {
        Assert.All(drawn.Rows(1), r => Assert.Equal(r["sharpness"] * r["x"] * r["x"] / 2, r["loss"], 1e-15));
        Assert.All(drawn.Rows(2), r => Assert.Equal(2.5 * Math.Pow(1 - r["learning_rate"], r["step"]), r["x"], 1e-12 * Math.Pow(2.5, 4)));
        Assert.All(drawn.Rows(4), r =>
        {
            // The loss of the flow's point decays like its components: f = ½ Σ λ u².
            var (u, v) = Rotate(r["flow_x_1"], r["flow_x_2"]);
            var (u0, v0) = Rotate(2.5, 2.0);
            var time = r["learning_rate"] * r["step"];
            Assert.Equal(u0 * Math.Exp(-4 * time), u, 1e-12);
            Assert.Equal(v0 * Math.Exp(-time), v, 1e-12);
        });

        static (double, double) Rotate(double x, double y) =>
            (x * Math.Cos(Math.PI / 6) + y * Math.Sin(Math.PI / 6), y * Math.Cos(Math.PI / 6) - x * Math.Sin(Math.PI / 6));
    }

    [Fact]
    public void Points_of_a_level_set_have_its_loss()
    {
        Assert.All(drawn.Rows(3), r =>
        {
            var a = r["rotation_degrees"] * Math.PI / 180;
            var (u, v) = (r["x"] * Math.Cos(a) + r["y"] * Math.Sin(a), r["y"] * Math.Cos(a) - r["x"] * Math.Sin(a));
            Assert.Equal(r["level"], (r["lambda_1"] * u * u + r["lambda_2"] * v * v) / 2, 1e-12);
        });
    }

    [Fact]
    public void Loss_and_sharpness_on_Hamlet_equal_the_closed_form()
    {
        var closed = PowerLawClosedForm.Walk(80, 300);
        var rows = drawn.Rows(6).Where(r => r["learning_rate"] == 80 && r["step"] <= 300).ToList();
        Assert.Equal(301, rows.Count);
        foreach (var row in rows)
        {
            var t = (int)row["step"];
            Assert.Equal(closed.Loss[t], row["loss"], 1e-6 * closed.Loss[t]);
            Assert.Equal(closed.Lambda1[t], row["sharpness"], 1e-6 * closed.Lambda1[t]);
        }

        var (figure6, figure7) = (drawn.Rows(6), drawn.Rows(7));
        Assert.All(figure6, r => Assert.Equal(2 / r["learning_rate"], r["threshold"], 1e-15));
        Assert.All(figure7.Where(r => r["learning_rate"] == 70), r =>
            Assert.Equal(figure6.First(o => o["learning_rate"] == 70 && o["step"] == r["step"])["sharpness"], r["sharpness"]));
    }

    [Fact]
    public void Claims_are_judged_by_their_numbers()
    {
        var claims = JsonNode.Parse(File.ReadAllText(drawn.File("claims.json")))!.AsArray();
        string Verdict(string part) => (string)claims.Single(c => ((string)c!["claim"]!).Contains(part, StringComparison.Ordinal))!["verdict"]!;

        Assert.Equal(7, claims.Count);
        Assert.Equal("confirmed", Verdict("critical learning rate"));
        Assert.Equal("confirmed", Verdict("largest eigenvalue"));
        Assert.Equal("confirmed", Verdict("smallest whole learning rate"));
        Assert.Equal("contradicted", Verdict("past η = 90"));
        Assert.Equal("partly", Verdict("towards the minimum"));
    }

    [Fact]
    public void The_page_is_self_contained()
    {
        var page = File.ReadAllText(drawn.File("article.html"));

        Assert.DoesNotContain("://", page, StringComparison.Ordinal); // base64 has no colon
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=\"h", page, StringComparison.Ordinal);
        Assert.All(ArticleClaimsOf(page), c => Assert.Contains(c, page, StringComparison.Ordinal));

        IEnumerable<string> ArticleClaimsOf(string _) =>
            JsonNode.Parse(File.ReadAllText(drawn.File("claims.json")))!.AsArray().Select(c => System.Net.WebUtility.HtmlEncode((string)c!["measured"]!));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("8")]
    public void An_unknown_figure_is_refused_in_one_sentence(string figure)
    {
        var result = LabResult.Run("article", "--figure", figure, "--out", drawn.File("no"));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("1 to 7", result.Diagnostics, StringComparison.Ordinal);
        Assert.False(Directory.Exists(drawn.File("no")));
    }

    [Fact]
    public void A_table_reads_back_exactly_and_leaves_unknown_cells_empty()
    {
        using var folder = new TemporaryFolder();
        new ArticleTable(["a", "b"], [[0.1, double.NaN], [1e-300, -2]]).Write(folder["t.csv"]);

        Assert.Equal(["a,b", "0.1,", "1E-300,-2"], File.ReadAllLines(folder["t.csv"]));
    }

    public sealed class Drawn : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Drawn() => Assert.Equal(0, LabResult.Run("article", "--out", _folder["article"]).ExitCode);

        public string File(string name) => Path.Combine(_folder["article"], name);

        public List<Dictionary<string, double>> Rows(int figure)
        {
            var lines = System.IO.File.ReadAllLines(File($"figure-{figure}.csv")).Select(l => l.Split(',')).ToList();
            return [.. lines.Skip(1).Select(
                l =>
                    lines[0].Zip(l).ToDictionary(c => c.First, c => c.Second.Length == 0 ? double.NaN : double.Parse(c.Second, CultureInfo.InvariantCulture)))];
        }

        public void Dispose() => _folder.Dispose();
    }
}
