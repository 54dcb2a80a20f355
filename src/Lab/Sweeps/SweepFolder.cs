using System.Security.Cryptography;
using System.Text;
using LossSpikes.Lab.Experiments;
using LossSpikes.TensorFiles;

namespace LossSpikes.Lab.Sweeps;

/// <summary>
/// The folder of a sweep: members.jsonl says what its members are, <c>members/</c> has the experiment of each as it was when the sweep began,
/// <c>logs/</c> what they printed, and each run has a folder. The folders are the truth about what is done; a scheduler's word is not.
/// </summary>
internal sealed class SweepFolder
{
    private const string MembersFile = "members.jsonl";

    private readonly IReadOnlyList<string> _added;

    private SweepFolder(string directory, IReadOnlyList<string> keys, IReadOnlyList<SweepMember> members, IReadOnlyList<string> added) =>
        (Directory, Keys, Members, _added) = (directory, keys, members, added);

    /// <summary>The folder, as a full path.</summary>
    public string Directory { get; }

    /// <summary>The name of the sweep: that of its folder.</summary>
    public string Name => Path.GetFileName(Directory);

    /// <summary>The keys that differ between members.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The members; each stands at its index.</summary>
    public IReadOnlyList<SweepMember> Members { get; }

    /// <summary>The run folder of a member.</summary>
    public string RunOf(SweepMember member) => Path.Combine(Directory, member.Name);

    /// <summary>The experiment file of a member.</summary>
    public string ExperimentOf(SweepMember member) => Path.Combine(Directory, "members", FormattableString.Invariant($"{member.Index:0000}.yaml"));

    /// <summary>The folder of what members print; the launchers create it.</summary>
    public string Logs => Path.Combine(Directory, "logs");

    /// <summary>
    /// A new sweep, or the one that the folder holds with the members that it does not have yet: the cartesian product of the axes, the last one
    /// fastest, each checked against the experiment file. Nothing is written.
    /// </summary>
    /// <exception cref="InputException">A key or a value is wrong, or the folder holds another sweep.</exception>
    public static SweepFolder Plan(string directory, string file, IReadOnlyList<string> overrides, IReadOnlyList<SweepAxis> axes)
    {
        directory = Path.GetFullPath(directory);
        string[] keys = [.. axes.Select(a => a.Key)];
        var known = File.Exists(Path.Combine(directory, MembersFile)) ? Open(directory) : new SweepFolder(directory, keys, [], []);
        if (!known.Keys.SequenceEqual(keys))
        {
            throw new InputException(
                $"{directory} holds a sweep over {string.Join(", ", known.Keys)}, not over {string.Join(", ", keys)}: choose another --out");
        }

        IEnumerable<string[]> product = [[]];
        foreach (var axis in axes)
        {
            product = product.SelectMany(head => axis.Values.Select(v => head.Append(v).ToArray()));
        }

        var (members, added) = (known.Members.ToList(), new List<string>());
        foreach (var values in product)
        {
            using var text = new StringWriter { NewLine = "\n" };
            ExperimentFile.Write(ExperimentFile.Load(file, overrides, axes.Zip(values, (a, v) => $"{a.Key}={v}")), text);
            var member = new SweepMember(
                members.Count, SweepMember.NameOf(axes, values), values, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))));
            if (members.Find(m => m.Name == member.Name) is not { } same)
            {
                members.Add(member);
                added.Add(text.ToString());
            }
            else if (same.Hash != member.Hash)
            {
                throw new InputException($"{directory} holds {same.Name} of another experiment: {file} or --set has changed since; choose another --out");
            }
        }

        return new SweepFolder(directory, keys, members, added);
    }

    /// <summary>Writes the members that were added.</summary>
    public void Save()
    {
        if (_added.Count > 0)
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Directory, "members"));
            foreach (var (member, text) in Members.TakeLast(_added.Count).Zip(_added))
            {
                AtomicFile.WriteText(ExperimentOf(member), text);
            }

            JsonLines.Write(
                Path.Combine(Directory, MembersFile),
                Members.Select(m => new Row(m.Index, m.Name, Keys.Zip(m.Values).ToDictionary(p => p.First, p => p.Second), m.Hash)));
        }
    }

    /// <summary>Reads the folder of a sweep.</summary>
    /// <exception cref="InputException">There is none, or members.jsonl is broken.</exception>
    public static SweepFolder Open(string directory)
    {
        directory = Path.GetFullPath(directory);
        var path = Path.Combine(directory, MembersFile);
        if (!File.Exists(path))
        {
            throw new InputException($"{directory} is no folder of a sweep: it has no {MembersFile}");
        }

        var rows = JsonLines.Read<Row>(path);
        foreach (var (number, row) in rows.Index())
        {
            if (row.Index != number || Path.GetFileName(row.Folder) != row.Folder || row.Folder is "" or "." or ".."
                || !row.Values.Keys.SequenceEqual(rows[0].Values.Keys))
            {
                throw new InputException($"{path}, line {number + 1}: this is not member {number} of the sweep");
            }
        }

        return new SweepFolder(
            directory,
            rows.Count == 0 ? [] : [.. rows[0].Values.Keys],
            [.. rows.Select(r => new SweepMember(r.Index, r.Folder, [.. r.Values.Values], r.Sha256))],
            []);
    }

    private sealed record Row(int Index, string Folder, Dictionary<string, string> Values, string Sha256);
}
