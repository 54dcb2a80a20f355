namespace LossSpikes.Lab.Article.Sliders;

/// <summary>A figure at one position of its sliders.</summary>
/// <param name="Table">Its numbers, with the columns that it has in <c>lab article</c>.</param>
/// <param name="Readouts">The quantities printed next to it.</param>
internal sealed record FigureSlice(ArticleTable Table, IReadOnlyList<Readout> Readouts)
{
    /// <summary>What else the picture shows, by name.</summary>
    public IReadOnlyDictionary<string, ArticleTable> Companions { get; init; } = new Dictionary<string, ArticleTable>();
}
