using System.Runtime.InteropServices;

namespace LossSpikes.Lab.Sweeps;

/// <summary>The command line that runs members of a sweep in a process of their own, so that a crash takes no other with it.</summary>
internal static class MemberCommand
{
    /// <summary>The program and its arguments.</summary>
    public static IReadOnlyList<string> For(SweepFolder sweep, params IEnumerable<string> more) =>
        [Host, typeof(MemberCommand).Assembly.Location, "sweep", "member", sweep.Directory, .. more];

    /// <summary>The same for the table and the figure.</summary>
    public static IReadOnlyList<string> Report(SweepFolder sweep) =>
        [Host, typeof(MemberCommand).Assembly.Location, "sweep", "report", sweep.Directory];

    /// <summary>The dotnet of this process by its full path, where it can be found: other machines may not have it on their PATH.</summary>
    private static string Host
    {
        get
        {
            var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
            var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
                ?? Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
            return File.Exists(host) ? host : name;
        }
    }
}
