using LossSpikes.Lab.Runs;

namespace LossSpikes.Lab.Sweeps;

/// <summary>Runs the members of a sweep side by side. A member that fails is reported and does not stop the rest.</summary>
internal sealed class Sweep(string file, IReadOnlyList<SweepMember> members, int jobs, TextWriter progress)
{
    /// <summary>Runs every member that is not finished: from its beginning, or from its last checkpoint.</summary>
    /// <returns>For each member its failure in one line, or null.</returns>
    public async Task<IReadOnlyList<string?>> Run(CancellationToken cancellation)
    {
        var failures = new string?[members.Count];
        var (done, lockProgress) = (0, new Lock());
        await Parallel.ForEachAsync(Enumerable.Range(0, members.Count), new ParallelOptions { MaxDegreeOfParallelism = jobs }, async (i, _) =>
        {
            var member = members[i];
            var name = Path.GetFileName(member.Folder);
            if (cancellation.IsCancellationRequested)
            {
                failures[i] = "interrupted";
                return;
            }

            if (!RecordedRun.IsFinished(member.Folder))
            {
                string[] arguments = Directory.Exists(Path.Combine(member.Folder, "checkpoints"))
                    ? ["resume", member.Folder]
                    : ["run", file, .. member.Overrides.SelectMany(o => (string[])["--set", o]), "--out", member.Folder];
                var (exitCode, lastWords) = await LabProcess.Run(arguments, cancellation);
                failures[i] = exitCode is 0 or 3 ? null : exitCode == 130 ? "interrupted" : $"exit code {exitCode}: {lastWords}";
            }

            lock (lockProgress)
            {
                progress.WriteLine($"{++done} of {members.Count}: {name}{(failures[i] is { } failure ? $" FAILED: {failure}" : "")}");
            }
        });
        return failures;
    }
}
