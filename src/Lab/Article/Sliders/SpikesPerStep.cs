namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 6: loss and sharpness per step, with the line 2/η.</summary>
internal sealed class SpikesPerStep(HamletSweep sweep) : ISliderFigure
{
    public int Number => 6;

    public string Title => "Spikes at the edge of stability";

    public string Text =>
        "Above, the loss (with an exponentially weighted mean, weight 0.02); below, the sharpness and the line S = 2/η. At small learning rates the "
        + "sharpness stays below the line and nothing happens. Where it would settle above it, the loss spikes, and every spike takes "
        + "the sharpness down.";

    /// <summary>The learning rate at which the article's spikes are largest to see.</summary>
    public const int Default = 70;

    /// <summary>The weight of the newest loss in the mean; 1 leaves the loss as it is. The author's notebook has 0.02.</summary>
    public static Slider Weight { get; } = new("weight", "weight of the newest loss in the mean", 0.005, 1, 0.005, 0.02);

    public IReadOnlyList<Slider> Sliders { get; } = [Slider.HamletLearningRate(Default), Slider.HamletC, Slider.HamletAlpha, Weight];

    /// <summary>The exponentially weighted mean.</summary>
    public static double[] Mean(double[] loss, double weight)
    {
        var mean = new double[loss.Length];
        mean[0] = loss[0];
        for (var t = 1; t < loss.Length; t++)
        {
            mean[t] = (1 - weight) * mean[t - 1] + weight * loss[t];
        }

        return mean;
    }

    public FigureSlice At(SliderValues values)
    {
        var (eta, run) = (values["eta"], sweep.At(values));
        var (mean, eigenvalues) = (Mean(run.Walk.Loss, values[Weight.Name]), run.Curvature.Eigenvalues);
        return new(
            new(["learning_rate", "step", "loss", "mean_loss", "sharpness", "lambda_2", "threshold"],
                [.. run.Walk.Loss.Select((loss, t) => new[] { eta, t, loss, mean[t], eigenvalues[0][t], eigenvalues[1][t], run.Threshold })]),
            [
                Readout.Number("η", eta),
                Readout.Number("2/η", run.Threshold),
                Readout.Number("S at the end", eigenvalues[0][^1]),
                Readout.Number("highest S", eigenvalues[0].Max()),
                HamletReadouts.FirstCrossing(run), HamletReadouts.Spikes(run), HamletReadouts.Outcome(run, HamletSweep.Steps),
            ])
        {
            Companions = new Dictionary<string, ArticleTable>
            {
                ["flow"] = sweep.Flow(values, HamletSweep.Steps),
                ["spikes"] = new(
                    ["onset_step", "end_step", "peak_step", "peak_loss"],
                    [.. run.Spikes.Select(s => new double[] { s.OnsetStep, s.EndStep, s.PeakStep, s.PeakLoss })]),
            },
        };
    }
}
