using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Trajectories;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Article;

/// <summary>Paths from starts that a reader chooses, gradient flow and the mean of the loss, against formulas written out here.</summary>
public sealed class StartTests
{
    private static readonly HamletSweep Sweep = new();
    private static readonly SpikesPerStep Spikes = new(Sweep);

    [Theory]
    [InlineData(0.0, -0.8)]
    [InlineData(-0.03, -1.0)]
    [InlineData(0.07, -0.4)]
    [InlineData(0.041, -0.63)]
    public void The_closed_form_has_the_derivatives_of_autograd(double c, double alpha)
    {
        using var scope = NewDisposeScope();
        using var formula = HamletSweep.Formula();
        var measured = PointCurvature.Measure(formula, tensor(new[] { c, alpha }).unsqueeze(0), pairs: 2, sharpnessGradient: false);
        var point = new ClosedPowerLaw().At(c, alpha);

        Assert.Equal(formula.Losses(tensor(new[] { c, alpha }).unsqueeze(0)).item<double>(), point.Loss, 1e-15);
        Assert.Equal(measured.GradientNorm.item<double>(), point.GradientNorm, 1e-12 * point.GradientNorm);
        var values = measured.Values.data<double>().ToArray();
        Assert.All(point.Eigenpairs.Zip(values), p => Assert.Equal(p.Second, p.First.Value, 1e-12 * values[0]));
        Assert.All(point.Eigenpairs, p =>
        {
            Assert.Equal(p.Value * p.X, point.Cc * p.X + point.Ca * p.Y, 1e-14);
            Assert.Equal(p.Value * p.Y, point.Ca * p.X + point.Aa * p.Y, 1e-14);
        });
    }

    [Theory]
    [InlineData(20, 0.03, -0.6)]
    [InlineData(90, 0.06, -0.95)]
    [InlineData(100, 0.01, -0.45)]
    public void A_path_from_another_start_is_the_recurrence(int eta, double c, double alpha)
    {
        var table = Spikes.At(Values(eta, c, alpha)).Table;
        var expected = PowerLawClosedForm.Walk(eta, HamletSweep.Steps, c, alpha);
        foreach (var (name, series) in ((string, double[])[])[("loss", expected.Loss), ("sharpness", expected.Lambda1), ("lambda_2", expected.Lambda2)])
        {
            // The last bit grows where the path is unstable, and the first steps show the start.
            var measured = Column(table, name);
            var scale = series.Take(100).Max(Math.Abs);
            Assert.All(Enumerable.Range(0, 100), t => Assert.Equal(series[t], measured[t], 1e-9 * scale));
        }
    }

    [Fact]
    public void The_start_of_the_article_in_closed_form_is_that_of_the_batch()
    {
        var (walk, curvature) = new ClosedPowerLaw().Walk(0, -0.8, 50, HamletSweep.Steps);
        var batch = Sweep[50];
        for (var t = 0; t <= HamletSweep.Steps; t++)
        {
            Assert.Equal(batch.Walk.Loss[t], walk.Loss[t], 1e-9 * batch.Walk.Loss[t]);
            Assert.Equal(batch.Curvature.Eigenvalues[0][t], curvature.Eigenvalues[0][t], 1e-9);
            Assert.Equal(batch.Curvature.GradientAlong[0][t], curvature.GradientAlong[0][t], 1e-9);
        }
    }

    [Fact]
    public void A_path_that_leaves_ends_as_a_whole()
    {
        var (walk, curvature) = new ClosedPowerLaw().Walk(0, -0.8, 1e300, 200);
        var end = Array.FindIndex(walk.Parameters[0], double.IsNaN);

        Assert.InRange(end, 1, 199);
        Assert.All(walk.Parameters, p => Assert.All(p.Select((value, t) => (value, t)), v => Assert.Equal(v.t >= end, double.IsNaN(v.value))));
        Assert.All(Enumerable.Range(end, 201 - end), t => Assert.True(double.IsNaN(walk.Loss[t]) && double.IsNaN(curvature.Eigenvalues[0][t])));
        Assert.True(HamletReadouts.Diverges(walk));
    }

    [Theory]
    [InlineData(0.0, -0.8)]
    [InlineData(0.06, -0.5)]
    public void Gradient_flow_is_the_limit_of_small_steps(double c, double alpha)
    {
        const double Eta = 50;
        var flow = Sweep.Flow(Values((int)Eta, c, alpha), 20);
        var last = flow.Rows[^1];
        Assert.InRange(last[0], 19, 20);

        // Euler's error halves with its step: twice the finer result less the coarser one is right to second order.
        var time = last[0] * Eta;
        var (fine, coarse) = (PowerLawClosedForm.Walk(time / 8000, 8000, c, alpha), PowerLawClosedForm.Walk(time / 4000, 4000, c, alpha));
        Assert.Equal(2 * fine.C[^1] - coarse.C[^1], last[1], 1e-5);
        Assert.Equal(2 * fine.Alpha[^1] - coarse.Alpha[^1], last[2], 1e-5);
        Assert.Equal(2 * fine.Loss[^1] - coarse.Loss[^1], last[3], 1e-3 * last[3]);
        Assert.Equal(PowerLawClosedForm.Sharpness(last[1], last[2]), last[4], 1e-12);
        Assert.All(flow.Rows.Zip(flow.Rows.Skip(1)), p => Assert.True(p.Second[3] <= p.First[3]));
    }

    [Fact]
    public void The_mean_weighs_every_loss_by_its_age()
    {
        const double Weight = 0.3;
        double[] loss = [4, 1, 7, 2, 9];
        var mean = SpikesPerStep.Mean(loss, Weight);
        for (var t = 0; t < loss.Length; t++)
        {
            var expected = Math.Pow(1 - Weight, t) * loss[0] + Enumerable.Range(1, t).Sum(s => Weight * Math.Pow(1 - Weight, t - s) * loss[s]);
            Assert.Equal(expected, mean[t], 1e-14);
        }

        Assert.Equal(loss, SpikesPerStep.Mean(loss, 1));
    }

    [Fact]
    public void Paths_and_flow_on_quadratics_start_where_the_sliders_stand()
    {
        var parabola = new ParabolaDescent();
        var one = parabola.At(SliderValues.Defaults(parabola.Sliders).With("x0", -1.3).With("eta", 0.7).With("sharpness", 2));
        Assert.All(one.Table.Rows, r => Assert.Equal(-1.3 * Math.Pow(1 - 1.4, r[2]), r[3], 1e-14));
        Assert.All(one.Companions["flow"].Rows, r => Assert.Equal(-1.3 * Math.Exp(-1.4 * r[0]), r[1], 1e-14));

        // Without a rotation the coordinates are the components.
        var quadratic = new QuadraticDescent();
        var two = quadratic.At(SliderValues.Defaults(quadratic.Sliders).With("rotation", 0).With("x1", -3).With("x2", 0.5));
        Assert.All(two.Table.Rows, r =>
        {
            Assert.Equal(-3 * Math.Pow(1 - 0.15 * 4, r[1]), r[2], 1e-14);
            Assert.Equal(0.5 * Math.Pow(1 - 0.15, r[1]), r[3], 1e-14);
            Assert.Equal(2 * 9 * Math.Exp(-8 * 0.15 * r[1]) + 0.125 * Math.Exp(-2 * 0.15 * r[1]), r[7], 1e-13);
        });
    }

    [Fact]
    public void A_path_that_starts_at_the_minimum_stays_there()
    {
        var parabola = new ParabolaDescent();
        var readouts = parabola.At(SliderValues.Defaults(parabola.Sliders).With("x0", 0)).Readouts;
        Assert.Contains(readouts, r => r is { Value: null, Text: "the path starts at the minimum and stays there" });
    }

    private static SliderValues Values(int eta, double c, double alpha) =>
        SliderValues.Defaults(Spikes.Sliders).With("eta", eta).With("c", c).With("alpha", alpha);

    private static double[] Column(ArticleTable table, string name)
    {
        var column = table.Columns.Index().First(c => c.Item == name).Index;
        return [.. table.Rows.Select(r => r[column])];
    }
}
