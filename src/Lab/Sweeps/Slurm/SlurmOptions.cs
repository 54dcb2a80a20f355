namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>What is asked of Slurm. A property that is null is left to the site's default.</summary>
internal sealed record SlurmOptions
{
    public string? Partition { get; init; }

    public string? Account { get; init; }

    public string? Qos { get; init; }

    public string? Time { get; init; }

    public int? CpusPerTask { get; init; }

    public string? Mem { get; init; }

    public string? Gpus { get; init; }

    /// <summary>Tasks that run at the same time, at most.</summary>
    public int? ArrayParallelism { get; init; }

    /// <summary>Members that one task runs, one after the other.</summary>
    public int MembersPerTask { get; init; } = 1;

    /// <summary>How often a task goes back to the queue at its time limit.</summary>
    public int MaxRequeues { get; init; } = 10;

    /// <summary>Further options of sbatch, as they would stand on its command line.</summary>
    public IReadOnlyList<string> Sbatch { get; init; } = [];

    /// <summary>Lines of bash that prepare a task, such as <c>module load dotnet</c>.</summary>
    public string? Setup { get; init; }

    /// <summary>The options of sbatch.</summary>
    /// <exception cref="InputException">One of them is more than a line.</exception>
    public IEnumerable<string> Directives
    {
        get
        {
            (string Name, object? Value)[] named =
            [
                ("partition", Partition), ("account", Account), ("qos", Qos), ("time", Time), ("cpus-per-task", CpusPerTask), ("mem", Mem), ("gpus", Gpus),
            ];
            string[] all = [.. named.Where(o => o.Value is not null).Select(o => FormattableString.Invariant($"--{o.Name}={o.Value}")), .. Sbatch];
            return all.FirstOrDefault(o => o.AsSpan().ContainsAny("\r\n")) is { } wrong
                ? throw new InputException($"{wrong.Split('\r', '\n')[0]}…: an option of sbatch is one line")
                : all;
        }
    }
}
