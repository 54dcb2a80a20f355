using LossSpikes.Lab.Comparison;
using LossSpikes.Lab.Figures;

namespace LossSpikes.Lab.Sweeps;

/// <summary>The table of a sweep, and the figure in which its runs lie over each other.</summary>
internal static class SweepReport
{
    /// <summary>Writes sweep.csv and, where a member is done, sweep.png.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(SweepFolder sweep, IReadOnlyList<MemberStatus> members)
    {
        var table = Path.Combine(sweep.Directory, "sweep.csv");
        SweepTable.Write(table, sweep, members);
        var done = members.Where(m => m.State == MemberState.Done)
            .Select(m => ComparedRun.Read(sweep.RunOf(m.Member)) with { Name = m.Member.Name }).ToList();
        return done.Count == 0 ? [table] : [table, ComparisonFigure.Draw(done, components: false).Save(sweep.Directory, "sweep", FigureFormat.Png)];
    }
}
