using LossSpikes.Lab.Configuration;

namespace LossSpikes.Lab.Experiments;

/// <summary>Reads and writes experiments.</summary>
internal static class ExperimentFile
{
    private static readonly SettingsFile<Experiment> File =
        new(new SettingsKind("experiment", "an", "name, objective, optimizer and steps", "optimizer.learning_rate=0.05"));

    /// <summary>The JSON schema of experiment files.</summary>
    public static string Schema => File.Schema;

    /// <inheritdoc cref="SettingsFile{T}.Load"/>
    public static Experiment Load(string path, IReadOnlyList<string> overrides, IEnumerable<string>? over = null) => File.Load(path, overrides, over);

    /// <inheritdoc cref="SettingsFile{T}.With"/>
    public static Experiment With(Experiment experiment, IReadOnlyList<string> overrides) => File.With(experiment, overrides);

    /// <inheritdoc cref="SettingsFile{T}.ReadText"/>
    public static string ReadText(string path) => File.ReadText(path);

    /// <summary>Writes YAML with every default filled in, the precision among them; loading it gives the same experiment.</summary>
    public static void Write(Experiment experiment, TextWriter writer) =>
        SettingsFile<Experiment>.Write(experiment with { Dtype = experiment.Precision }, writer);
}
