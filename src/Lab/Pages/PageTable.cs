namespace LossSpikes.Lab.Pages;

/// <summary>A table of a <see cref="Page"/>.</summary>
/// <param name="Header">The heads of the columns.</param>
/// <param name="Rows">The rows, as many cells each.</param>
internal sealed record PageTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<PageCell>> Rows)
{
    /// <summary>What stands in it, said above it.</summary>
    public string? Caption { get; init; }
}

/// <summary>A cell.</summary>
/// <param name="Text">Its text.</param>
internal sealed record PageCell(string Text)
{
    /// <summary>Whether it is the head of its row.</summary>
    public bool Heads { get; init; }

    /// <summary>How it looks, by a name of the page's style.</summary>
    public string? Class { get; init; }

    public static implicit operator PageCell(string text) => new(text);
}
