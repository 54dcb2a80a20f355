using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace LossSpikes.Lab.Runs;

/// <summary>A run folder, opened for reading: the one source of every figure. Nothing in it is executed.</summary>
/// <param name="Root">The folder.</param>
/// <param name="Name">The run's name: that of its experiment, or the folder's.</param>
/// <param name="Metrics">What was measured at every step.</param>
/// <param name="Events">What happened.</param>
/// <param name="Labels">What its curvature is called.</param>
internal sealed record RunFolder(string Root, string Name, MetricsTable Metrics, RunEvents Events, CurvatureLabels Labels)
{
    /// <summary>The files of measurements and events.</summary>
    public const string MetricsFile = "metrics.csv", EventsFile = "events.jsonl";

    /// <summary>The file for TensorBoard, which looks for <c>tfevents</c> in the names of files.</summary>
    public const string TensorBoardFile = "events.out.tfevents.0.lossspikes";

    private const string NameKey = "name:";

    /// <summary>Where the run's figures belong; it need not exist.</summary>
    public string FiguresDirectory => Path.Combine(Root, "figures");

    /// <summary>Reads a run folder, finished or not. Cost: bounded by the sizes that <see cref="RunFile"/> accepts.</summary>
    /// <exception cref="RunException">There is no such folder, or a file in it is missing or broken.</exception>
    public static RunFolder Open(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new RunException($"{directory}: there is no such run folder");
        }

        var metrics = MetricsTable.Read(Path.Combine(directory, MetricsFile));
        var events = RunEvents.Read(Path.Combine(directory, EventsFile));
        return new RunFolder(directory, NameOf(directory), metrics, events, CurvatureLabels.Read(Path.Combine(directory, "environment.json")));
    }

    private static string NameOf(string directory)
    {
        var config = Path.Combine(directory, "config.yaml");
        var text = File.Exists(config) ? Encoding.UTF8.GetString(RunFile.CompleteLines(config).Span) : "";
        var lines = text.Split('\n');
        var index = Array.FindIndex(lines, l => l.StartsWith(NameKey, StringComparison.Ordinal));
        try
        {
            var name = index < 0 ? null : new DeserializerBuilder().Build().Deserialize<string?>(lines[index][NameKey.Length..]);
            return string.IsNullOrWhiteSpace(name) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))) : name;
        }
        catch (YamlException e)
        {
            throw RunException.At(config, index + 1, $"expected the run's name ({e.Message})", e);
        }
    }
}
