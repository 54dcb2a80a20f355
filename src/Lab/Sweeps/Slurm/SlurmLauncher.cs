namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>Runs members as the tasks of a Slurm job array, and returns as soon as it is submitted.</summary>
/// <param name="options">What is asked of Slurm.</param>
/// <param name="takeOver">Whether members take over folders that a process of another machine has left behind.</param>
internal sealed class SlurmLauncher(SlurmOptions options, bool takeOver = false) : ISweepLauncher
{
    /// <summary>The submissions of a sweep, in their order.</summary>
    public static IReadOnlyList<Submission> Submissions(SweepFolder sweep) => JsonLines.Read<Submission>(SubmissionsFile(sweep));

    /// <summary>The script that <see cref="Submit"/> would submit.</summary>
    public string Script(SweepFolder sweep, IReadOnlyList<SweepMember> members) => SlurmScript.Array(sweep, TasksOf(members), options, takeOver);

    public async Task<string?> Submit(SweepFolder sweep, IReadOnlyList<SweepMember> members, CancellationToken cancellation)
    {
        var tasks = TasksOf(members);
        if (SlurmTools.MaxArraySize(await SlurmTools.Settings()) is int most && tasks[^1] >= most)
        {
            throw new InputException(
                $"this cluster allows array indices below {most}, and this sweep needs {tasks[^1]}: give each task more members, "
                    + $"--members-per-task {((long)tasks[^1] + 1) * options.MembersPerTask / most + 1}");
        }

        // Slurm writes no output into a folder that is not there.
        Directory.CreateDirectory(sweep.Logs);
        var past = Submissions(sweep);
        var folder = Directory.CreateDirectory(Path.Combine(sweep.Directory, "slurm")).FullName;
        var script = Path.Combine(folder, FormattableString.Invariant($"array-{past.Count + 1:0000}.sh"));
        await File.WriteAllTextAsync(script, Script(sweep, members), CancellationToken.None);
        var array = await SlurmTools.Submit(script);
        // The array is recorded before anything else can fail.
        Record("");
        var report = Path.Combine(folder, FormattableString.Invariant($"report-{past.Count + 1:0000}.sh"));
        await File.WriteAllTextAsync(report, SlurmScript.Report(sweep, array, options), CancellationToken.None);
        Record(await SlurmTools.Submit(report));
        return FormattableString.Invariant($"job array {array}: {members.Count} members in {tasks.Length} tasks");

        void Record(string reportId) => JsonLines.Write<Submission>(
            SubmissionsFile(sweep), [.. past, new Submission(array, reportId, DateTime.UtcNow, TaskRanges.Fold(tasks), options)]);
    }

    public async Task<IReadOnlyDictionary<int, MemberState>> Query(SweepFolder sweep)
    {
        var states = new Dictionary<int, MemberState>();
        var submissions = Submissions(sweep).ToDictionary(s => s.ArrayId);
        foreach (var task in submissions.Count == 0 ? [] : await SlurmTools.Queue(SlurmScript.JobName(sweep)))
        {
            if (submissions.TryGetValue(task.ArrayId, out var submission))
            {
                var perTask = submission.Options.MembersPerTask;
                foreach (var index in Enumerable.Range(task.Task * perTask, perTask))
                {
                    // Of several members in one task, the one that runs holds its folder.
                    states[index] = perTask == 1 && task.State is "RUNNING" or "COMPLETING" ? MemberState.Running : MemberState.Queued;
                }
            }
        }

        return states;
    }

    public async Task<string?> Cancel(SweepFolder sweep)
    {
        var waiting = Submissions(sweep).Count == 0 ? [] : await SlurmTools.Queue(SlurmScript.JobName(sweep));
        string[] arrays = [.. Submissions(sweep).Select(s => s.ArrayId).Intersect(waiting.Select(w => w.ArrayId))];
        if (arrays.Length == 0)
        {
            return null;
        }

        await SlurmTools.Cancel(arrays);
        return $"job array {string.Join(", ", arrays)}";
    }

    public IEnumerable<string> LogsOf(SweepFolder sweep, SweepMember member) => Submissions(sweep)
        .Select(s => Path.Combine(sweep.Logs, FormattableString.Invariant($"{s.ArrayId}_{member.Index / s.Options.MembersPerTask}.out")));

    private int[] TasksOf(IReadOnlyList<SweepMember> members) => [.. members.Select(m => m.Index / options.MembersPerTask).Distinct().Order()];

    private static string SubmissionsFile(SweepFolder sweep) => Path.Combine(sweep.Directory, "slurm", "submissions.jsonl");
}
