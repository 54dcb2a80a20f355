using System.IO.Compression;
using System.Text.Json.Nodes;

namespace LossSpikes.Tests.Commands;

/// <summary>The program as its users call it: its output and its exit codes.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Help_names_every_command()
    {
        var result = LabResult.Run("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.All((string[])["run", "replay", "plot", "doctor", "schema"], c => Assert.Contains(c, result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rum")]
    [InlineData("run")]
    [InlineData("run", "x.yaml", "--stepps", "3")]
    [InlineData("plot")]
    public void Wrong_usage_gives_exit_code_1(params string[] arguments) => Assert.Equal(1, LabResult.Run(arguments).ExitCode);

    [Theory]
    [InlineData("optimizer.learning_rat=0.1", "learning_rate")]
    [InlineData("optimizer.learning_rate=-0.1", "greater than 0")]
    [InlineData("optimizer.learning_rate=fast", "number")]
    [InlineData("steps=1.5", "whole number")]
    [InlineData("objective.loss=msee", "mse")]
    [InlineData("objective.data.examples=5000", "1797")]
    [InlineData("objective.data.file=nowhere.csv.gz", "does not exist")]
    [InlineData("device=cuda:97", "device")]
    public void A_wrong_value_is_refused_in_one_helpful_sentence(string set, string helps)
    {
        var result = Run("--set", set, "--out", _folder["out"]);

        Assert.Equal(set.StartsWith("device", StringComparison.Ordinal) ? 4 : 2, result.ExitCode);
        AssertOneSentence(result, helps);
        Assert.False(Directory.Exists(_folder["out"]), "nothing half-written is left");
    }

    [Fact]
    public void A_missing_experiment_file_is_refused_in_one_sentence()
    {
        var result = LabResult.Run("run", _folder["nothing.yaml"]);

        Assert.Equal(2, result.ExitCode);
        AssertOneSentence(result, "nothing.yaml");
    }

    [Theory]
    [InlineData("truncated", "complete gzip")]
    [InlineData("empty", "complete gzip")]
    [InlineData("text", "complete gzip")]
    [InlineData("ragged", "line 2")]
    [InlineData("bright", "from 0 to 16")]
    [InlineData("word", "whole number")]
    [InlineData("short", "2 images")]
    [InlineData("endless", "more than")]
    public void Damaged_data_are_refused_in_one_sentence(string damage, string helps)
    {
        var row = string.Join(',', Enumerable.Repeat("3", 64)) + ",7\n";
        var content = damage switch
        {
            "ragged" => row + "1,2,3\n",
            "bright" => row.Replace("3", "17", StringComparison.Ordinal),
            "word" => row.Replace("7", "seven", StringComparison.Ordinal),
            "short" => row + row,
            "endless" => new string('3', 50_000_000),
            _ => string.Concat(Enumerable.Repeat(row, 500)),
        };
        var file = _folder["data.csv.gz"];
        using (var packed = new GZipStream(File.Create(file), CompressionLevel.Fastest))
        {
            packed.Write(System.Text.Encoding.UTF8.GetBytes(content));
        }

        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, damage switch { "truncated" => bytes[..(bytes.Length / 2)], "empty" => [], "text" => "no gzip"u8.ToArray(), _ => bytes });
        var result = Run("--set", $"objective.data.file={file}", "--out", _folder["out"]);

        Assert.Equal(2, result.ExitCode);
        AssertOneSentence(result, helps);
    }

    [Fact]
    public void An_existing_folder_is_never_touched()
    {
        Directory.CreateDirectory(_folder["out"]);
        var result = Run("--out", _folder["out"]);

        Assert.Equal(2, result.ExitCode);
        AssertOneSentence(result, "exists already");
        Assert.Empty(Directory.GetFileSystemEntries(_folder["out"]));
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_refused_in_one_sentence()
    {
        var result = Run("--out", Path.Combine(_folder.Write("file", ""), "out"));

        Assert.Equal(2, result.ExitCode);
        AssertOneSentence(result, "cannot be written");
    }

    [Fact]
    public void A_full_disk_ends_the_run_with_one_sentence_and_only_whole_lines()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a limit on file sizes");
        var file = _folder.Write("small.yaml", SmallExperiment.Yaml);
        var lab = Path.Combine(AppContext.BaseDirectory, "lab.dll");
        // Files may grow to 8 kB: as if the disk were full after that.
        var (code, output, error) = Shell(
            $"trap '' XFSZ; ulimit -f 8; export DOTNET_EnableWriteXorExecute=0; exec dotnet '{lab}' run '{file}' --out '{_folder["out"]}'");

        Assert.Equal(2, code);
        Assert.Contains("can no longer be written", error.Split('\n')[^2], StringComparison.Ordinal);
        Assert.Empty(output);
        var metrics = File.ReadAllText(Path.Combine(_folder["out"], "metrics.csv"));
        Assert.EndsWith("\n", metrics, StringComparison.Ordinal);
        Assert.All(metrics.TrimEnd().Split('\n'), l => Assert.Equal(15, l.Split(',').Length));
    }

    [Fact]
    public void An_interrupt_ends_the_run_with_everything_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs kill");
        Assert.SkipWhen(Interrupts.Ignored, "the tests were started with interrupts ignored");
        var file = _folder.Write("small.yaml", SmallExperiment.Yaml);
        var lab = Path.Combine(AppContext.BaseDirectory, "lab.dll");
        var (code, output, _) = Shell($"""
            set -m
            dotnet '{lab}' run '{file}' --set steps=1000000 --out '{_folder["out"]}' --json &
            while ! [ -s '{_folder["out"]}/metrics.csv' ]; do sleep 0.1; done
            sleep 1; kill -INT $!; wait $!
            """);

        Assert.Equal(130, code);
        var summary = JsonNode.Parse(output)!;
        Assert.Equal("interrupted", (string?)summary["outcome"]);
        Assert.Equal((int)summary["steps"]! + 2, File.ReadAllLines(Path.Combine(_folder["out"], "metrics.csv")).Length);
        Assert.True(File.Exists(Path.Combine(_folder["out"], "figures", "run.png")));
    }

    [Fact]
    public void Divergence_gives_exit_code_3_and_a_readable_folder()
    {
        var result = Run("--set", "optimizer.learning_rate=50", "--out", _folder["out"], "--json");
        var summary = JsonNode.Parse(result.Output)!;

        Assert.Equal(3, result.ExitCode);
        Assert.Equal("diverged", (string?)summary["outcome"]);
        Assert.Equal("diverged", (string?)summary["behaviour"]);
        Assert.Equal(_folder["out"], (string?)summary["directory"]);
        Assert.Contains("\"event\":\"divergence\"", File.ReadAllText(Path.Combine(_folder["out"], "events.jsonl")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop.loss=0.3", "loss_reached")]
    [InlineData("stop.accuracy=0.5", "accuracy_reached")]
    public void Stop_rules_end_a_run_early(string rule, string outcome)
    {
        var summary = JsonNode.Parse(Run("--set", rule, "--out", _folder["out"], "--json").Output)!;

        Assert.Equal(outcome, (string?)summary["outcome"]);
        Assert.InRange((int)summary["steps"]!, 1, 149);
    }

    [Fact]
    public void The_doctor_finds_libtorch_and_names_its_folder()
    {
        var result = LabResult.Run("doctor", "--json");
        var findings = JsonNode.Parse(result.Output)!.AsArray();

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            findings,
            f =>
                (string?)f!["name"] == "libtorch"
                    && (bool)f["good"]!
                    && ((string)f["value"]!).Contains(AppContext.BaseDirectory.TrimEnd('/'), StringComparison.Ordinal));
        Assert.Contains(findings, f => (string?)f!["name"] == "backend");
        Assert.Contains(findings, f => (string?)f!["name"] == "cuda");
    }

    private static void AssertOneSentence(LabResult result, string helps)
    {
        Assert.Empty(result.Output);
        Assert.Single(result.Diagnostics.TrimEnd('\n').Split('\n'));
        Assert.Contains(helps, result.Diagnostics, StringComparison.Ordinal);
    }

    private static Child Shell(string script) => Child.Run("bash", ["-c", script]);

    private LabResult Run(params string[] more) => LabResult.Run(["run", _folder.Write("small.yaml", SmallExperiment.Yaml), .. more]);
}
