using System.Text.Json.Nodes;

namespace LossSpikes.Lab.Configuration;

/// <summary>Where the values of a tree were written: a line of the file, or an override.</summary>
/// <param name="kind">What the file is called.</param>
internal sealed class SourceLocations(SettingsKind kind)
{
    // A value is known by the node that holds it and its key there: null has no node of its own.
    private readonly Dictionary<(JsonNode Holder, string Key), string> _written = [];

    /// <summary>What the file is called in messages.</summary>
    public SettingsKind Kind => kind;

    /// <summary>Notes that the value under <paramref name="key"/> of <paramref name="holder"/> was written at <paramref name="where"/>.</summary>
    public void Note(JsonNode holder, string key, string where) => _written[(holder, key)] = where;

    /// <summary>Where that value was written, or <paramref name="otherwise"/> where it was not (it was copied from an anchor).</summary>
    public string Find(JsonNode holder, string key, string otherwise) => _written.GetValueOrDefault((holder, key), otherwise);
}
