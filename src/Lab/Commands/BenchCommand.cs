using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LossSpikes.Lab.Benchmarks;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Runs;
using LossSpikes.Lab.Views;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Native;

namespace LossSpikes.Lab.Commands;

/// <summary><c>lab bench [NAME]</c>.</summary>
internal static class BenchCommand
{
    private const string Python = "python", Tracker = "tracker";

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Measure one group: " + string.Join("; ", AllBenchmarks.InOrder.Select(b => $"{b.Name} ({b.Description})"))
                + $". When left out, all but {string.Join(", ", AllBenchmarks.InOrder.Where(b => b.OnRequest).Select(b => b.Name))}.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var only = new Option<string?>("--only") { Description = "The same as NAME.", HelpName = "NAME" };
        var set = new Option<string[]>("--set")
        {
            Description = $"With {Tracker}: change a setting of the tracker, such as {nameof(TrackerSettings.DriftMargin)}=1.5.",
            HelpName = "NAME=VALUE",
            DefaultValueFactory = _ => [],
        };
        var against = new Option<string?>("--against")
        {
            Description = "python: train the network of `digits` with the PyTorch and SciPy of the Python on the path too, which measures by a cold eigsh.",
            HelpName = Python,
        };
        var json = new Option<bool>("--json") { Description = "Print the rows as JSON." };
        var command = new Command("bench", "Measure what monitoring costs on this machine. Takes some minutes; leave the machine alone meanwhile.")
        {
            name, only, set, against, json,
        };
        var shared = new RankOptionSet();
        shared.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            var chosen = Chosen(Single(parsed.GetValue(name), parsed.GetValue(only)), parsed.GetValue(against));
            var ranks = shared.Read(parsed) is { } settings ? OfRanks(chosen, settings) : null;
            if (ranks is not null && MpiCollective.IsLaunched)
            {
                if (ranks.Measure() is [_, ..] measured)
                {
                    terminal.Results.WriteLine(JsonSerializer.Serialize(measured, RecordJson.Options));
                }

                return ExitCode.Done;
            }

            chosen = WithSettings(chosen, parsed.GetValue(set)!, terminal.Diagnostics);
            NativeTorch.EnsureLoaded();
            var rows = new List<(string Group, BenchRow Row)>();
            foreach (var benchmark in chosen)
            {
                terminal.Diagnostics.WriteLine($"{benchmark.Name}: {benchmark.Description}");
                var measured = ranks is null ? benchmark.Run() : await ranks.Compare(terminal.Diagnostics);
                rows.AddRange(measured.Select(row => (benchmark.Name, row)));
            }

            if (parsed.GetValue(json))
            {
                terminal.Results.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        Machine = new { Processor = EnvironmentReport.ProcessorName(), Cores = Environment.ProcessorCount },
                        Rows = rows.Select(r => new { Name = $"{r.Group}: {r.Row.Name}", r.Row.Value, r.Row.Unit, r.Row.Target, r.Row.Met }),
                    },
                    RecordJson.Options));
            }
            else
            {
                terminal.Results.WriteLine($"{EnvironmentReport.ProcessorName() ?? "processor"}, {Environment.ProcessorCount} core(s)");
                foreach (var (group, row) in rows)
                {
                    var verdict = row.Met switch { true => "  met", false => "  MISSED", null => "" };
                    terminal.Results.WriteLine(
                        string.Create(CultureInfo.InvariantCulture, $"{group,-13} {row.Name,-62} {row.Value,10:G4} {row.Unit} {row.Target}{verdict}"));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string? Single(string? name, string? only) => name is null || only is null || name == only
        ? name ?? only
        : throw new InputException($"bench {name} --only {only}: two groups are named; name one");

    private static RankBenchmark OfRanks(IReadOnlyList<IBenchmark> chosen, RankSettings settings) =>
        chosen is [MonitoringBenchmark one] ? new RankBenchmark(one.Name, one.Training, settings)
            : throw new InputException("--ranks goes with one network: "
                + string.Join(" or ", AllBenchmarks.InOrder.OfType<MonitoringBenchmark>().Select(b => $"--only {b.Name}")));

    /// <summary>The benchmarks with the changed settings of the tracker and with its progress shown.</summary>
    private static IReadOnlyList<IBenchmark> WithSettings(IReadOnlyList<IBenchmark> chosen, IReadOnlyList<string> changes, TextWriter progress)
    {
        if (changes.Count > 0 && !chosen.Any(b => b is TrackerBenchmark))
        {
            throw new InputException($"--set {changes[0]}: only `lab bench {Tracker}` has settings");
        }

        return [.. chosen.Select(b => b is TrackerBenchmark t ? new TrackerBenchmark(changes.Aggregate(t.Settings, SettingOverride.Apply), progress) : b)];
    }

    private static IReadOnlyList<IBenchmark> Chosen(string? only, string? against)
    {
        if (against is not (null or Python))
        {
            throw new InputException($"--against {against}: the one other lab known is {Python}");
        }

        var names = AllBenchmarks.InOrder.Select(b => b.Name).ToList();
        return (only, against) switch
        {
            (null, null) => [.. AllBenchmarks.InOrder.Where(b => !b.OnRequest)],
            (null, _) => [PythonBenchmark.Find()],
            _ when names.Contains(only) =>
                [.. AllBenchmarks.InOrder.Where(b => b.Name == only), .. against is null ? [] : (IEnumerable<IBenchmark>)[PythonBenchmark.Find()]],
            _ => throw new InputException($"there is no benchmark \"{only}\"; {NearestName.Advice(only, names)}"),
        };
    }
}
