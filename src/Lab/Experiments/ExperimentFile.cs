using System.Text.Json;
using System.Text.Json.Nodes;

namespace LossSpikes.Lab.Experiments;

/// <summary>Reads and writes experiments.</summary>
internal static class ExperimentFile
{
    /// <summary>Loads the experiment at <paramref name="path"/>, YAML or JSON, checked and with its paths made absolute.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values that replace the file's, each <c>key.path=value</c>; the last one of a key counts.</param>
    /// <exception cref="ExperimentException">The first thing that is wrong, in one sentence.</exception>
    public static Experiment Load(string path, IReadOnlyList<string> overrides)
    {
        var locations = new SourceLocations();
        var document = YamlReader.Read(ExperimentText.Read(path), line => $"{path}, line {line}", locations);
        var root = document as JsonObject ?? throw new ExperimentException(
            $"{path}: expected keys such as name, objective, optimizer and steps, but it is {ExperimentJson.Shown(document)}");
        foreach (var text in overrides)
        {
            Overrides.Apply(text, root, locations);
        }

        new ExperimentCheck(locations, Path.GetDirectoryName(Path.GetFullPath(path))!).Check(root, path);
        return root.Deserialize<Experiment>(ExperimentJson.Options)!;
    }

    /// <summary>Writes YAML with every default filled in; loading it gives the same experiment.</summary>
    public static void Write(Experiment experiment, TextWriter writer) =>
        YamlWriter.Write((JsonObject)JsonSerializer.SerializeToNode(experiment with { Dtype = experiment.Precision }, ExperimentJson.Options)!, writer);
}
