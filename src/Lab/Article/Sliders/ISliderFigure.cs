namespace LossSpikes.Lab.Article.Sliders;

/// <summary>One figure of the article as numbers, at any position of its sliders. Files and browser draw the same ones.</summary>
internal interface ISliderFigure
{
    /// <summary>1…7.</summary>
    int Number { get; }

    string Title { get; }

    /// <summary>What the figure shows and what the article concludes from it, in a paragraph with formulas between $ signs.</summary>
    string Text { get; }

    /// <summary>What each of its panels shows.</summary>
    IReadOnlyList<PanelHelp> Panels { get; }

    /// <summary>What may be changed, with the article's ranges and defaults.</summary>
    IReadOnlyList<Slider> Sliders { get; }

    /// <summary>What lies behind the picture wherever the sliders stand, or null.</summary>
    ArticleTable? Backdrop => null;

    /// <summary>The figure where the sliders stand; every value is one that its slider allows.</summary>
    FigureSlice At(SliderValues values);
}
