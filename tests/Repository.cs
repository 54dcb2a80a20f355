namespace LossSpikes.Tests;

/// <summary>The checkout from which the tests run.</summary>
internal static class Repository
{
    /// <summary>The full path of a file of the repository.</summary>
    public static string File(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "LossSpikes.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests must run from inside the repository.");
        }

        return Path.Combine(folder.FullName, path);
    }
}
