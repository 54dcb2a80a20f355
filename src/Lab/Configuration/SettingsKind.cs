namespace LossSpikes.Lab.Configuration;

/// <summary>What messages say about one kind of settings file.</summary>
/// <param name="Noun">What such a file describes: <c>experiment</c>.</param>
/// <param name="Article">The indefinite article of the noun: <c>an</c>.</param>
/// <param name="MainKeys">Its most important keys, as a list for people.</param>
/// <param name="Override">An example of an override, <c>key.path=value</c>.</param>
internal sealed record SettingsKind(string Noun, string Article, string MainKeys, string Override)
{
    /// <summary>Any such thing: "an experiment".</summary>
    public string Any => $"{Article} {Noun}";

    /// <summary>The one that a message is about: "the experiment".</summary>
    public string This => $"the {Noun}";
}
