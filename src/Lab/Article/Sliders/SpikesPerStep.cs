namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 6: loss and sharpness per step, with the line 2/η.</summary>
internal sealed class SpikesPerStep(HamletSweep sweep) : ISliderFigure
{
    public int Number => 6;

    public string Title => "Spikes at the edge of stability";

    public string Text =>
        "Gradient flow leads into a region where the sharpness $S$ is above $2/η$ if $η$ is large enough. Gradient descent cannot follow: its loss spikes, "
        + "every spike takes the sharpness down again, and the descent goes on.";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Loss per step", "The loss at each step and its exponentially weighted mean; tinted from the onset to the end of each spike.", ["spike", "onset"]),
        new("Sharpness per step", "Both eigenvalues of the Hessian at each step, and the line 2/η, above which gradient descent is unstable.", ["S", "T"]),
    ];

    /// <summary>The learning rate at which the article's spikes are largest to see.</summary>
    public const int Default = 70;

    /// <summary>The weight of the newest loss in the mean; 1 leaves the loss as it is. The author's notebook has 0.02.</summary>
    public static Slider Weight { get; } = new("weight", "smoothing weight (1 is none)", 0.005, 1, 0.005, 0.02);

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
