using System.Runtime.InteropServices;

namespace LossSpikes.Lab;

/// <summary>The command line of this program, to start it once more.</summary>
internal static class LabProgram
{
    /// <summary>dotnet and the program.</summary>
    public static IReadOnlyList<string> Command => [Host, typeof(LabProgram).Assembly.Location];

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
