namespace LossSpikes.Lab.Sweeps.Slurm;

/// <summary>The indices of a job array as Slurm writes them, such as <c>1,4,7-9</c>.</summary>
internal static class TaskRanges
{
    /// <summary>Folds indices.</summary>
    /// <param name="tasks">Ascending, without copies.</param>
    public static string Fold(IReadOnlyList<int> tasks)
    {
        var ranges = new List<string>();
        for (var first = 0; first < tasks.Count;)
        {
            var last = first;
            while (last + 1 < tasks.Count && tasks[last + 1] == tasks[last] + 1)
            {
                last++;
            }

            ranges.Add(last == first ? FormattableString.Invariant($"{tasks[first]}") : FormattableString.Invariant($"{tasks[first]}-{tasks[last]}"));
            first = last + 1;
        }

        return string.Join(',', ranges);
    }
}
