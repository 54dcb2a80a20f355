using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Article;

/// <summary>One figure of the article: its data, the pictures made of them, and what to see.</summary>
internal interface IArticleFigure
{
    /// <summary>1…7.</summary>
    int Number { get; }

    string Title { get; }

    /// <summary>What the figure shows and what the article concludes from it, in a paragraph.</summary>
    string Text { get; }

    /// <summary>The numbers behind the pictures.</summary>
    ArticleTable Data { get; }

    /// <summary>The pictures by the end of their file name; the first, with an empty one, is the figure itself.</summary>
    IReadOnlyList<(string Suffix, IImage Image)> Images();
}
