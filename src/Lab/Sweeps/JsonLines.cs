using System.Text.Json;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Runs;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Sweeps;

/// <summary>A file with a record on each line, as JSON.</summary>
internal static class JsonLines
{
    /// <summary>The records; none where there is no file.</summary>
    /// <exception cref="InputException">A line is not such a record.</exception>
    public static IReadOnlyList<T> Read<T>(string path)
    {
        var records = new List<T>();
        if (!File.Exists(path))
        {
            return records;
        }

        var rest = RunFile.CompleteLines(path);
        while (!rest.IsEmpty)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            try
            {
                records.Add(JsonSerializer.Deserialize<T>(rest.Span[..end], SettingsJson.Options) ?? throw new JsonException("a record was expected"));
            }
            catch (JsonException e)
            {
                throw new InputException($"{path}, line {records.Count + 1}: {e.Message.Split('\n', '|')[0].TrimEnd()}", e);
            }

            rest = rest[(end + 1)..];
        }

        return records;
    }

    /// <summary>Replaces the file.</summary>
    public static void Write<T>(string path, IEnumerable<T> records) =>
        AtomicFile.WriteText(path, string.Concat(records.Select(r => JsonSerializer.Serialize(r, SettingsJson.Options) + "\n")));
}
