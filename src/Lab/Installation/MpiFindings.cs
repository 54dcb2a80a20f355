using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LossSpikes.Lab.Distributed;
using LossSpikes.Monitors;

namespace LossSpikes.Lab.Installation;

/// <summary>Tries what runs of several ranks need, in two processes that a launcher of MPI starts.</summary>
internal static class MpiFindings
{
    private const int Ranks = 2, Messages = 200, Numbers = 1 << 14;

    /// <summary>Starts the two and returns what they found.</summary>
    /// <param name="library">The MPI library; null to look for one.</param>
    public static async Task<IReadOnlyList<Finding>> Examine(string? library)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        try
        {
            var settings = new RankSettings(Ranks, RankLauncherKind.Mpirun, library, Threads: 1, TimeSpan.FromMinutes(1));
            IReadOnlyList<string> named = library is null ? [] : ["--mpi-lib", library];
            await new RankLauncher(settings, output, errors).Launch(["doctor", "--json", "--mpi", .. named], CancellationToken.None);
            var found = output.ToString().Split('\n').LastOrDefault(l => l.StartsWith('['));
            return found is null
                ? [Missing(errors.ToString().ReplaceLineEndings(" ").Trim() is { Length: > 0 } said ? said : "two processes were started and said nothing")]
                : JsonSerializer.Deserialize<IReadOnlyList<Finding>>(found, RecordJson.Options)!;
        }
        catch (InputException e)
        {
            return [Missing(e.Message)];
        }
        catch (JsonException)
        {
            return [Missing($"two processes were started and said: {output.ToString().ReplaceLineEndings(" ").Trim()}")];
        }
    }

    /// <summary>What one of the two finds.</summary>
    /// <param name="library">The MPI library; null to look for one.</param>
    /// <returns>The findings of rank 0; none of the other.</returns>
    /// <exception cref="InputException">They do not find each other.</exception>
    public static IReadOnlyList<Finding> Probe(string? library)
    {
        using var world = MpiCollective.Join(new RankSettings(Ranks, RankLauncherKind.Mpirun, library, Threads: 1, TimeSpan.FromMinutes(1)));
        List<Finding> findings = [new("MPI", true, world.Engine), Sum(world), NullReferences()];
        world.Leave();
        return world.Rank == 0 ? findings : [];
    }

    private static Finding Missing(string why) => new("MPI", false, why, "docs/clusters.md names what to install; lab run without --ranks needs none of it");

    private static Finding Sum(Collective world)
    {
        var numbers = new double[Numbers];
        var seconds = new List<double>();
        var right = true;
        for (var i = 0; i < Messages; i++)
        {
            Array.Fill(numbers, world.Rank + 1);
            var start = Stopwatch.GetTimestamp();
            var sums = world.Sum(numbers);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            right &= sums.All(s => s == Ranks * (Ranks + 1) / 2);
        }

        seconds.Sort();
        return new Finding(
            "MPI, two ranks",
            right,
            right ? FormattableString.Invariant($"add {Numbers} numbers in {1e6 * seconds[Messages / 2]:F0} µs") : "1 + 2 is not 3",
            right ? null : "the library and the launcher may belong to different MPIs: --mpi-lib names one");
    }

    /// <summary>Whether a signal that .NET needs has been taken: then the first null reference would end the process here.</summary>
    private static Finding NullReferences()
    {
        var setting = Environment.GetEnvironmentVariable("UCX_ERROR_SIGNALS") is "" ? "set to nothing, as it should be" : "not set";
        try
        {
            return new Finding("MPI and .NET", false, $"a string of {Nothing()!.Length} characters is null");
        }
        catch (NullReferenceException)
        {
            return new Finding("MPI and .NET", true, $"null references are exceptions; UCX_ERROR_SIGNALS is {setting}");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Nothing() => null;
}
