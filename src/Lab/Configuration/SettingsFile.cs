using System.Text.Json;
using System.Text.Json.Nodes;

namespace LossSpikes.Lab.Configuration;

/// <summary>
/// Reads and writes YAML or JSON files of one record, <typeparamref name="T"/>. The members of the record and of the records in it
/// are the keys of the file; their attributes are the rules that values are checked against.
/// </summary>
/// <param name="kind">What messages call such a file.</param>
internal sealed class SettingsFile<T>(SettingsKind kind)
    where T : class
{
    /// <summary>Loads the record from <paramref name="path"/>, checked and with its paths made absolute.</summary>
    /// <param name="path">The file, at most 1 MB of UTF-8.</param>
    /// <param name="overrides">Values that replace the file's, each <c>key.path=value</c>; the last one of a key counts.</param>
    /// <param name="over">Values of a sweep, which count after those; messages name <c>--over</c>.</param>
    /// <exception cref="SettingsException">The first thing that is wrong, in one sentence.</exception>
    public T Load(string path, IReadOnlyList<string> overrides, IEnumerable<string>? over = null)
    {
        var locations = new SourceLocations(kind);
        var document = YamlReader.Read(ReadText(path), line => $"{path}, line {line}", locations);
        var root = document as JsonObject
            ?? throw new SettingsException($"{path}: expected keys such as {kind.MainKeys}, but it is {SettingsJson.Shown(document)}");
        foreach (var text in overrides)
        {
            Overrides.Apply(text, root, locations);
        }

        foreach (var text in over ?? [])
        {
            Overrides.Apply(text, root, locations, option: "--over ");
        }

        new SettingsCheck(locations, Path.GetDirectoryName(Path.GetFullPath(path))!).Check(root, typeof(T), path);
        return root.Deserialize<T>(SettingsJson.Options)!;
    }

    /// <summary>The same record with other values, checked like those of a file.</summary>
    /// <param name="settings">A record that was loaded, so that its paths are absolute.</param>
    /// <param name="overrides">The other values, each <c>key.path=value</c>.</param>
    /// <exception cref="SettingsException">The first thing that is wrong, in one sentence.</exception>
    public T With(T settings, IReadOnlyList<string> overrides)
    {
        var locations = new SourceLocations(kind);
        var root = (JsonObject)JsonSerializer.SerializeToNode(settings, SettingsJson.Options)!;
        foreach (var text in overrides)
        {
            Overrides.Apply(text, root, locations, option: "");
        }

        new SettingsCheck(locations, Environment.CurrentDirectory).Check(root, typeof(T), kind.Noun);
        return root.Deserialize<T>(SettingsJson.Options)!;
    }

    /// <summary>The text of the file at <paramref name="path"/>, whatever it says.</summary>
    /// <exception cref="SettingsException">There is no such file, or it is not UTF-8 text of at most 1 MB.</exception>
    public string ReadText(string path) => SettingsText.Read(path, kind);

    /// <summary>Writes YAML with every default filled in; loading it gives the same record.</summary>
    public static void Write(T settings, TextWriter writer) =>
        YamlWriter.Write((JsonObject)JsonSerializer.SerializeToNode(settings, SettingsJson.Options)!, writer);

    /// <summary>The JSON schema of such files, by which editors complete keys, show their meaning and mark mistakes.</summary>
    public string Schema => SettingsSchema.Of(typeof(T), $"LossSpikes {kind.Noun}");
}
