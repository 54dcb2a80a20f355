namespace LossSpikes.Site;

/// <summary>The folder that docfx reads: the pages of the repository with what they link to, and the pages that are generated.</summary>
internal sealed class Pages(Checkout checkout, string folder)
{
    /// <summary>Folders of which everything is copied, and those of which the pages and licences are.</summary>
    private static readonly string[] Whole = ["docs", "experiments", "notebooks"], Sparse = ["src"];

    /// <summary>The full path of a page.</summary>
    public string File(string path) => Path.Combine(folder, path);

    /// <summary>Empties the folder and copies the repository's pages into it.</summary>
    public void CopyAll()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var files = Directory.EnumerateFiles(checkout.Root, "*.md").Select(Path.GetFileName).OfType<string>().Concat(["LICENSE", "CITATION.cff"])
            .Concat(checkout.Files(Whole, "*"))
            .Concat(checkout.Files(Sparse, "*.md"))
            .Concat(checkout.Files(Sparse, "*LICENSE.txt"));
        foreach (var file in files)
        {
            Copy(file, file);
        }

        // docfx.json and the tables of contents stand where docfx looks for them, at the root.
        const string Own = "site/pages/";
        foreach (var file in checkout.Files([Own], "*"))
        {
            Copy(file, file[Own.Length..]);
        }
    }

    /// <summary>Copies a file of the repository, or another file by its full path.</summary>
    public void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(to))!);
        System.IO.File.Copy(checkout.File(from), File(to), overwrite: true);
    }

    /// <summary>Writes a page.</summary>
    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(path))!);
        System.IO.File.WriteAllText(File(path), text);
    }

    /// <summary>Changes a page.</summary>
    public void Change(string path, Func<string, string> change) => Write(path, change(System.IO.File.ReadAllText(File(path))));
}
