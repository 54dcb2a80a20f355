using System.Security.Cryptography;

namespace LossSpikes.Site;

/// <summary>The repository from which the site is built.</summary>
internal sealed record Checkout(string Root)
{
    /// <summary>The one that holds this program.</summary>
    public static Checkout Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "LossSpikes.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The program must lie inside the repository.");
        }

        return new Checkout(folder.FullName);
    }

    /// <summary>The full path of a file or folder.</summary>
    public string File(string path) => Path.Combine(Root, path);

    /// <summary>The files below some folders, in a fixed order, by their paths in the repository.</summary>
    /// <param name="folders">Paths of the folders.</param>
    /// <param name="pattern">Such as <c>*.cs</c>.</param>
    public IEnumerable<string> Files(IEnumerable<string> folders, string pattern) => folders
        .SelectMany(f => Directory.EnumerateFiles(File(f), pattern, SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    /// <summary>Sixteen hexadecimal digits of the SHA-256 of some files.</summary>
    public string Hash(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(System.IO.File.ReadAllBytes(File(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
