namespace LossSpikes.Lab.Benchmarks;

/// <summary>A run of this program in a process and a temporary folder of its own.</summary>
internal static class SmallRun
{
    /// <summary>Trains 64-100-100-10 on <paramref name="examples"/> made examples, monitored, and measures the process.</summary>
    /// <param name="examples">n.</param>
    /// <param name="chunk">Examples taken at a time.</param>
    /// <param name="steps">Updates made.</param>
    public static OwnProcess Of(int examples, int chunk, int steps)
    {
        var folder = Directory.CreateTempSubdirectory("lossspikes-");
        try
        {
            var file = Write(folder.FullName, examples, chunk, steps);
            return OwnProcess.Run("run", file, "--out", Path.Combine(folder.FullName, "run"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Writes its experiment file into a folder.</summary>
    /// <returns>The path.</returns>
    public static string Write(string folder, int examples, int chunk, int steps)
    {
        var file = Path.Combine(folder, "small.yaml");
        File.WriteAllText(file, $$"""
            name: small
            objective:
              kind: network
              data: { kind: gaussian_clusters, examples: {{examples}}, dimension: 64, classes: 10, separation: 5 }
              model: { kind: mlp, hidden: [100, 100], activation: tanh }
              loss: mse
              chunk: {{chunk}}
            optimizer: { kind: gd, learning_rate: 0.1 }
            steps: {{steps}}
            """);
        return file;
    }
}
