using System.ComponentModel;

namespace LossSpikes.Lab.Experiments;

/// <summary>The article's toy: a power law fitted to word frequencies.</summary>
[Description("The fit of a power law C·k^α to how often the words of a text occur, k their rank: half the mean squared error, as a function of (C, α).")]
internal sealed record PowerLawSettings : ObjectiveSettings
{
    /// <summary>The built-in word counts.</summary>
    public const string Hamlet = "hamlet";

    [Description("hamlet: the 100 most frequent words of Hamlet. Or a CSV file whose header names the columns rank and count; a relative path counts from the folder of the experiment file.")]
    [FilePath("file", BuiltIn = Hamlet)]
    public string Data { get; init; } = Hamlet;

    [Description("Where the descent begins: C and α. Left out: C = 0, α = -0.8, as in the article.")]
    public IReadOnlyList<double> Start { get; init; } = [0, -0.8];

    internal override Precision DefaultPrecision => Precision.Float64;
}
