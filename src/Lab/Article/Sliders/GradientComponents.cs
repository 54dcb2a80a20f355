namespace LossSpikes.Lab.Article.Sliders;

/// <summary>Figure 7: sharpness, and the gradient's components along the two eigenvectors.</summary>
internal sealed class GradientComponents(HamletSweep sweep) : ISliderFigure
{
    /// <summary>Steps shown.</summary>
    public const int Steps = 750;

    /// <summary>The article's only learning rate.</summary>
    public const int Default = 70;

    public int Number => 7;

    public string Title => "What oscillates is the sharpest direction";

    public string Text =>
        "What oscillates in a spike? The gradient $g$ is split along the two eigenvectors of the Hessian. The dominant component $g · v_1$ belongs to the "
        + "sharpest direction. While $S$ is above $2/η$ it changes its sign at every step and grows, until the spike takes the sharpness down. The "
        + "non-dominant component $g · v_2$ stays calm.";

    public IReadOnlyList<PanelHelp> Panels { get; } =
    [
        new("Sharpness per step", "The sharpness at each step, and the line 2/η, above which gradient descent is unstable.", ["S", "T"]),
        new("Gradient components per step", "The gradient along the sharpest direction and along the other one.", ["g·v₁", "u = v₁, v_i"]),
    ];

    public IReadOnlyList<Slider> Sliders { get; } = [Slider.HamletLearningRate(Default), Slider.HamletC, Slider.HamletAlpha];

    public FigureSlice At(SliderValues values)
    {
        var (eta, run) = (values["eta"], sweep.At(values));
        var curvature = run.Curvature;
        return new(
            new(["learning_rate", "step", "sharpness", "threshold", "gradient_dot_v1", "gradient_dot_v2"],
                [.. Enumerable.Range(0, Steps + 1).Select(
                    t => new[] { eta, t, curvature.Eigenvalues[0][t], run.Threshold, curvature.GradientAlong[0][t], curvature.GradientAlong[1][t] })]),
            [
                Readout.Number("η", eta), Readout.Number("2/η", run.Threshold), Readout.Number("highest S", curvature.Eigenvalues[0][..(Steps + 1)].Max()),
                HamletReadouts.FirstCrossing(run),
                Flips("g·v₁", curvature.GradientAlong[0], run.FirstCrossing),
                Flips("g·v₂", curvature.GradientAlong[1], run.FirstCrossing),
            ])
        {
            Companions = new Dictionary<string, ArticleTable> { ["flow"] = sweep.Flow(values, Steps) },
        };
    }

    private static Readout Flips(string name, double[] component, long? crossing)
    {
        var label = $"{name} changes its sign";
        if (crossing is not (< Steps and { } from))
        {
            return new(label, "no crossing to count from");
        }

        var share = HamletReadouts.Flips(component[..(Steps + 1)], (int)from);
        return new(label, FormattableString.Invariant($"on {share:P1} of the steps after that")) { Value = share };
    }
}
