using System.Text.RegularExpressions;
using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Playground.Live;

/// <summary>
/// The run folders below one root. Pages ask for them by name; a name leads nowhere else: its parts are plain words, and none of the folders
/// is a link.
/// </summary>
/// <param name="root">The root; it need not exist.</param>
internal sealed partial class RunLibrary(string root)
{
    /// <summary>The most runs that are listed, the newest first.</summary>
    public const int MostListed = 500;

    private const int Deepest = 3, MostFolders = 20_000;

    private readonly string _root = Path.GetFullPath(root);
    private readonly Lock _turn = new();
    private Dictionary<string, ListedRun> _known = [];

    /// <summary>The newest runs, and how many there are.</summary>
    public (IReadOnlyList<ListedRun> Runs, int Count) List()
    {
        // One at a time: a page may ask again before it has the answer.
        lock (_turn)
        {
            var names = (RunFiles.IsFolder(_root) ? Names(_root, "", 1) : []).Take(MostFolders)
                .OrderByDescending(name => Directory.GetLastWriteTimeUtc(Path.Combine(_root, name))).ThenBy(name => name, StringComparer.Ordinal).ToList();
            var runs = names.Take(MostListed).Select(Read).ToList();
            _known = runs.ToDictionary(r => r.Name);
            return (runs, names.Count);
        }
    }

    /// <summary>The folder of a run.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public string Find(string name)
    {
        var (parts, folder) = (name.Split('/'), _root);
        if (parts.Length <= Deepest && parts.All(p => Part().IsMatch(p)) && RunFiles.IsFolder(folder)
            && parts.All(p => RunFiles.IsFolder(folder = Path.Combine(folder, p))) && IsRun(folder))
        {
            return folder;
        }

        throw new InputException($"there is no run of this name under {root}");
    }

    private static bool IsRun(string folder) => RunFiles.IsFile(Path.Combine(folder, RecordedRun.ConfigFile));

    private static IEnumerable<string> Names(string folder, string above, int depth)
    {
        foreach (var part in Parts(folder))
        {
            var (path, name) = (Path.Combine(folder, part), above + part);
            if (IsRun(path))
            {
                yield return name;
            }
            else if (depth < Deepest)
            {
                foreach (var below in Names(path, name + "/", depth + 1))
                {
                    yield return below;
                }
            }
        }
    }

    private static IEnumerable<string> Parts(string folder) => Directory
        .EnumerateDirectories(folder, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true })
        .Select(d => Path.GetFileName(d)).Where(p => Part().IsMatch(p));

    private ListedRun Read(string name)
    {
        var folder = Path.Combine(_root, name);
        return _known.GetValueOrDefault(name) is { } known && known.IsNow(folder) ? known : ListedRun.Read(name, folder);
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._=,+-]{0,199}\z")]
    private static partial Regex Part();
}
