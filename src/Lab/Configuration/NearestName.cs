using F23.StringSimilarity;
using LossSpikes.TensorFiles.Messages;

namespace LossSpikes.Lab.Configuration;

/// <summary>Finds what someone who mistyped a name probably meant.</summary>
internal static class NearestName
{
    /// <summary>The valid name closest to <paramref name="given"/>, or null where none is close.</summary>
    public static string? Find(string given, IEnumerable<string> valid)
    {
        // No name is this long, and comparing takes time with the product of the lengths.
        if (given.Length > 100)
        {
            return null;
        }

        var typed = given.ToLowerInvariant();
        var typos = new Damerau();
        return valid.Select(name => (Name: name, Typos: typos.Distance(typed, name.ToLowerInvariant()), Length: Math.Max(given.Length, name.Length)))
            .Where(near => near.Typos < near.Length && near.Typos <= Math.Max(1, near.Length / 3))
            .OrderBy(near => near.Typos)
            .Select(near => near.Name)
            .FirstOrDefault();
    }

    /// <summary>The end of a sentence that says that a file is missing: the nearest name in its folder, or nothing.</summary>
    public static string OfFile(string path)
    {
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(Path.GetFileName) : [];
        return Find(Path.GetFileName(path), files!) is { } near ? $"; did you mean {Path.Combine(Path.GetDirectoryName(path)!, near)}?" : "";
    }

    /// <summary>The end of a sentence: the nearest valid name, or all of them, introduced by <paramref name="list"/>.</summary>
    public static string Advice(string given, IReadOnlyCollection<string> valid, string list = "it is one of") =>
        Find(given, valid) is { } near ? $"did you mean {Excerpt.Of(near)}?" : $"{list}: {Excerpt.OfList(valid)}";
}
