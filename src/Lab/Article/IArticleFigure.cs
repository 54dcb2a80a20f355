using LossSpikes.Lab.Article.Sliders;
using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article;

/// <summary>The pictures of one figure of the article at several positions of its sliders, as files.</summary>
internal interface IArticleFigure
{
    /// <summary>The figure.</summary>
    ISliderFigure Figure { get; }

    /// <summary>Where its sliders stand in the pictures.</summary>
    IReadOnlyList<SliderValues> Settings { get; }

    /// <summary>The numbers behind the pictures.</summary>
    ArticleTable Data => ArticleTable.Concatenate([.. Settings.Select(s => Figure.At(s).Table)]);

    /// <summary>The pictures by the end of their file name; the first, with an empty one, is the figure itself.</summary>
    IReadOnlyList<(string Suffix, IImage Image)> Images();
}
