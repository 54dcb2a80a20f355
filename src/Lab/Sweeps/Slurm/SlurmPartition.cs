namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>A partition of a cluster, in sinfo's words.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDefault">Whether jobs go there that name none.</param>
/// <param name="State">Whether it takes jobs: up, down, drain or inact.</param>
/// <param name="TimeLimit">The longest time of a job, such as 1-00:00:00, or infinite.</param>
/// <param name="Nodes">The number of its nodes.</param>
/// <param name="Cpus">The CPUs of its nodes: allocated/idle/other/total.</param>
internal sealed record SlurmPartition(string Name, bool IsDefault, string State, string TimeLimit, string Nodes, string Cpus)
{
    /// <summary>What is asked of sinfo.</summary>
    public const string Format = "%P|%a|%l|%D|%C";

    /// <summary>The partitions in lines of sinfo.</summary>
    public static IReadOnlyList<SlurmPartition> Parse(string lines) =>
    [
        .. lines.Split('\n').Select(l => l.Trim().Split('|'))
            .Where(f => f.Length == 5)
            .Select(f => new SlurmPartition(f[0].TrimEnd('*'), f[0].EndsWith('*'), f[1], f[2], f[3], f[4])),
    ];
}
