using System.CommandLine;
using LossSpikes.Lab.Sweeps.Slurm;

namespace LossSpikes.Lab.Commands.Sweeps;

/// <summary>The options of <c>lab sweep --launcher slurm</c>, named as sbatch and Hydra's launcher name them.</summary>
internal sealed class SlurmOptionSet
{
    private readonly Option<string?> _partition = Text("--partition", "NAME", "Slurm: the partition.");
    private readonly Option<string?> _account = Text("--account", "NAME", "Slurm: the account.");
    private readonly Option<string?> _qos = Text("--qos", "NAME", "Slurm: the quality of service.");
    private readonly Option<string?> _time = Text(
        "--time", "LIMIT", "Slurm: the time limit of a task, such as 2:00:00. Two minutes before it a run writes a checkpoint and its task is requeued.");
    private readonly Option<int?> _cpus = new("--cpus-per-task") { Description = "Slurm: cores of a task.", HelpName = "N" };
    private readonly Option<string?> _memory = Text("--mem", "SIZE", "Slurm: memory of a task, such as 8G.");
    private readonly Option<string?> _gpus = Text("--gpus", "N", "Slurm: GPUs of a task.");
    private readonly Option<int?> _parallel = new("--array-parallelism") { Description = "Slurm: tasks that run at the same time, at most.", HelpName = "N" };
    private readonly Option<int> _members = new("--members-per-task")
    {
        Description = "Slurm: runs of one task, one after the other; short runs would flood the queue with tasks.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _requeues = new("--max-requeues")
    {
        Description = "Slurm: how often a task goes back to the queue at its time limit.",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<string[]> _sbatch = new("--sbatch")
    {
        Description = "Slurm: a further option of sbatch, such as --sbatch=\"--constraint=avx512\". May be repeated.",
        HelpName = "OPTION",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _setup = Text("--setup", "FILE", "Slurm: lines of bash that prepare a task, such as: module load dotnet");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="InputException">A value is out of range, or the setup file is not there.</exception>
    public SlurmOptions Read(ParseResult parsed)
    {
        foreach (var (option, least) in new (Option Option, int Least)[] { (_cpus, 1), (_parallel, 1), (_members, 1), (_requeues, 0) })
        {
            if (parsed.GetValue<int?>(option.Name) is { } value && value < least)
            {
                throw new InputException(FormattableString.Invariant($"{option.Name} {value}: expected a number of at least {least}"));
            }
        }

        return new SlurmOptions
        {
            Partition = parsed.GetValue(_partition),
            Account = parsed.GetValue(_account),
            Qos = parsed.GetValue(_qos),
            Time = parsed.GetValue(_time),
            CpusPerTask = parsed.GetValue(_cpus),
            Mem = parsed.GetValue(_memory),
            Gpus = parsed.GetValue(_gpus),
            ArrayParallelism = parsed.GetValue(_parallel),
            MembersPerTask = parsed.GetValue(_members),
            MaxRequeues = parsed.GetValue(_requeues),
            Sbatch = parsed.GetValue(_sbatch)!,
            Setup = parsed.GetValue(_setup) is not { } file ? null : File.Exists(file) ? File.ReadAllText(file)
                : throw new InputException($"--setup {file}: there is no such file"),
        };
    }

    /// <summary>Refuses options of Slurm where it is not used.</summary>
    /// <exception cref="InputException">One was given.</exception>
    public void Forbid(ParseResult parsed)
    {
        if (All.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } given)
        {
            throw new InputException($"{given.Name} is for --launcher slurm");
        }
    }

    private Option[] All => [_partition, _account, _qos, _time, _cpus, _memory, _gpus, _parallel, _members, _requeues, _sbatch, _setup];

    private static Option<string?> Text(string name, string value, string description) => new(name) { Description = description, HelpName = value };
}
