namespace LossSpikes.Lab.Sweeps;

/// <summary>The command line that runs members of a sweep in a process of their own, so that a crash takes no other with it.</summary>
internal static class MemberCommand
{
    /// <summary>The program and its arguments.</summary>
    public static IReadOnlyList<string> For(SweepFolder sweep, params IEnumerable<string> more) =>
        [.. LabProgram.Command, "sweep", "member", sweep.Directory, .. more];

    /// <summary>The same for the table and the figure.</summary>
    public static IReadOnlyList<string> Report(SweepFolder sweep) => [.. LabProgram.Command, "sweep", "report", sweep.Directory];
}
