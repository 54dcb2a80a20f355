namespace LossSpikes.Lab.Article.Sliders;

/// <summary>What a panel of a figure shows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sentence">What is seen in it, in one sentence.</param>
/// <param name="Terms">The entries of the glossary that a reader of the panel needs.</param>
internal sealed record PanelHelp(string Name, string Sentence, IReadOnlyList<string> Terms);
