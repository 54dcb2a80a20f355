using LossSpikes.Monitors;

namespace LossSpikes.Lab.Experiments;

/// <summary>A further form in which a run is recorded. A new one is one more name here, and its line in <see cref="SinkKinds"/>.</summary>
internal enum SinkKind
{
    Tensorboard,
}

/// <summary>Opens the sinks that experiments name.</summary>
internal static class SinkKinds
{
    private static readonly Dictionary<SinkKind, (string File, Func<string, long?, IResumableSink> Open)> All = new()
    {
        // TensorBoard looks for tfevents in the names of files.
        [SinkKind.Tensorboard] = ("events.out.tfevents.0.lossspikes", (path, keep) => new TensorBoardSink(path, keep)),
    };

    /// <summary>Creates the sink's file in a run folder, or continues it.</summary>
    /// <param name="kind">The sink.</param>
    /// <param name="directory">The run folder.</param>
    /// <param name="kept">The bytes that stay of a file, by its name; null to create it.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static IResumableSink Open(this SinkKind kind, string directory, Func<string, long?> kept)
    {
        var (file, open) = All[kind];
        return open(Path.Combine(directory, file), kept(file));
    }
}
