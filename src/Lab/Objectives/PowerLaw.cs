using System.ComponentModel;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>The article's toy: a power law fitted to word frequencies.</summary>
[Description("The fit of a power law C·k^α to how often the words of a text occur, k their rank: half the mean squared error, as a function of (C, α).")]
internal sealed record PowerLawSettings : ObjectiveSettings
{
    /// <summary>The built-in word counts.</summary>
    public const string Hamlet = "hamlet";

    [Description("hamlet: the 100 most frequent words of Hamlet. Or a CSV file whose header names the columns rank and count; "
        + "a relative path counts from the folder of the experiment file.")]
    [FilePath("file", BuiltIn = Hamlet)]
    public string Data { get; init; } = Hamlet;

    [Description("Where the descent begins: C and α. Left out: C = 0, α = -0.8, as in the article.")]
    public IReadOnlyList<double> Start { get; init; } = PowerLaw.ArticleStart;

    internal override Precision DefaultPrecision => Precision.Float64;

    internal override IObjective Create(int seed, ScalarType type, Device device)
    {
        var words = Data == Hamlet ? WordFrequencies.Hamlet() : WordFrequencies.Read(Data);
        return ToyObjective.Place(new PowerLaw(words), Start, type, device);
    }
}

/// <summary>
/// The article's fit of a power law to word frequencies: f(C, α) = 1/(2N) Σ_k (y_k − C k^α)², k the rank of a word and y_k
/// its frequency. k^α is written e^(α ln k), whose derivatives of every order cost one product each.
/// </summary>
internal sealed class PowerLaw : IBatchedFunction
{
    private readonly Tensor _logRanks, _frequencies;

    /// <summary>Takes the ranks and frequencies to fit, N of each.</summary>
    public PowerLaw(WordFrequencies words)
    {
        _logRanks = tensor(words.Ranks.Select(k => Math.Log(k)).ToArray()).DetachFromDisposeScope();
        _frequencies = tensor(words.Frequencies.ToArray()).DetachFromDisposeScope();
    }

    /// <summary>Where the article starts: C = 0, α = −0.8.</summary>
    public static double[] ArticleStart => [0, -0.8];

    /// <inheritdoc/>
    public long Dimension => 2;

    /// <inheritdoc/>
    public Tensor Losses(Tensor rows)
    {
        var (c, alpha) = (rows.narrow(1, 0, 1), rows.narrow(1, 1, 1));
        var errors = _frequencies.type_as(rows) - c * (alpha * _logRanks.type_as(rows)).exp();
        return errors.Squared().mean([1]) * Scalar(0.5);
    }

    /// <summary>Releases the data.</summary>
    public void Dispose()
    {
        _logRanks.Dispose();
        _frequencies.Dispose();
    }
}
