using LossSpikes.Lab.Sweeps.Slurm;

namespace LossSpikes.Lab.Installation;

/// <summary>Looks at what sweeps need from a Slurm cluster, by its own commands.</summary>
internal static class SlurmFindings
{
    /// <summary>
    /// The findings, first cause first; nothing is asked after the first that is missing. Where the controller does not answer, Slurm's commands
    /// give up after its MessageTimeout, 10 s by default.
    /// </summary>
    public static async Task<IReadOnlyList<Finding>> Examine()
    {
        List<Finding> findings = [];
        var (name, remedy) = (
            "Slurm", "on a login node its commands must be on the PATH (module load slurm) and find their configuration (SLURM_CONF)");
        try
        {
            findings.Add(new Finding(name, true, await SlurmTools.Version()));
            (name, remedy) = ("Slurm cluster", "scontrol ping tells whether the controller runs; SLURM_CONF must name its configuration");
            var settings = await SlurmTools.Settings();
            findings.Add(new Finding(name, true, settings.GetValueOrDefault("ClusterName", "without a name")));
            findings.AddRange(Partitions(await SlurmTools.Partitions()));
            findings.Add(Arrays(SlurmTools.MaxArraySize(settings)));
            findings.Add(Requeue(settings.GetValueOrDefault("JobRequeue")));
            (name, remedy) = ("Slurm MPI plug-ins", "srun is one of Slurm's commands and must be on the PATH too");
            findings.Add(Mpi(await SlurmTools.MpiPlugins()));
        }
        catch (InputException e)
        {
            findings.Add(new Finding(name, false, e.Message, remedy));
        }

        return findings;
    }

    private static IEnumerable<Finding> Partitions(IReadOnlyList<SlurmPartition> partitions)
    {
        var anyIsUp = partitions.Any(p => p.State == "up");
        if (!anyIsUp)
        {
            yield return new Finding("Slurm partitions", false, "none is up", "the site's administrators know when one will be");
        }

        foreach (var p in partitions)
        {
            var cpus = p.Cpus.Split('/');
            yield return new Finding(
                $"Slurm partition {p.Name}",
                true,
                $"{p.State}, time limit {p.TimeLimit}, nodes: {p.Nodes}, CPUs: {cpus[^1]}{(cpus.Length == 4 ? $", idle: {cpus[1]}" : "")}"
                    + (p.IsDefault ? ", the default" : ""));
        }

        if (anyIsUp && !partitions.Any(p => p.IsDefault))
        {
            yield return new Finding("Slurm default partition", true, "none", "name one with --partition");
        }
    }

    private static Finding Arrays(int? size) => size switch
    {
        null => new Finding("Slurm job arrays", true, "MaxArraySize is not stated"),
        <= 1 => new Finding("Slurm job arrays", false, $"MaxArraySize = {size}: none are allowed", "sweeps need them: ask the site's administrators"),
        _ => new Finding("Slurm job arrays", true, $"MaxArraySize = {size}: indices to {size - 1}; --members-per-task makes more members fit"),
    };

    private static Finding Requeue(string? setting) => new(
        "Slurm requeue",
        true,
        setting == "1" ? "on (JobRequeue = 1)" : $"off by default (JobRequeue = {setting ?? "not stated"}); sweeps ask for it (sbatch --requeue)");

    private static Finding Mpi(IReadOnlyList<string> plugins) => new(
        "Slurm MPI plug-ins",
        true,
        plugins.Count == 0 ? "none" : string.Join(", ", plugins),
        plugins.Any(p => p.StartsWith("pmi", StringComparison.Ordinal)) ? null : "sweeps need none; srun starts Open MPI by pmix, and MPICH by pmix or pmi2");
}
