using System.Text;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Runs;

/// <summary>Run folders with damaged files: the message names the file and never prints the damage.</summary>
public sealed class DamagedRunTests : IDisposable
{
    private static readonly Dictionary<string, byte[]> Damages = new()
    {
        ["NULs"] = new byte[5000],
        ["NULs in a line"] = [.. "7,"u8, .. new byte[300], .. ",1\n"u8],
        ["letters"] = Encoding.ASCII.GetBytes(new string('x', 5000) + "\n"),
        ["an escape sequence"] = "\u001b]0;owned\u0007\u001b[2J\u202E\n"u8.ToArray(),
        ["bytes"] = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 37 + i / 256)), (byte)'\n'],
        ["an event"] = Encoding.UTF8.GetBytes($"{{\"event\":\"{new string('\u0085', 3000)}\",\"step\":1}}\n"),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_damaged_table_or_log_is_refused_in_a_short_printable_sentence()
    {
        SyntheticRun.Write(_folder);
        foreach (var file in (string[])["metrics.csv", "events.jsonl"])
        {
            var whole = File.ReadAllBytes(_folder[file]);
            foreach (var (name, damage) in Damages)
            {
                foreach (var at in (int[])[0, whole.AsSpan().IndexOf((byte)'\n') + 1])
                {
                    File.WriteAllBytes(_folder[file], [.. whole[..at], .. damage, .. whole[at..]]);

                    var result = LabResult.Run("plot", _folder.Root);

                    Assert.True(result.ExitCode == 2, $"{name} in {file}: {result.ExitCode}");
                    Assert.Contains(file, result.Diagnostics, StringComparison.Ordinal);
                    Printable.AssertSentence(result.Diagnostics.TrimEnd('\n'));
                }
            }

            File.WriteAllBytes(_folder[file], whole);
        }
    }

    [Fact]
    public void A_damaged_configuration_or_damaged_checkpoints_are_refused_in_short_printable_sentences()
    {
        var small = _folder.Write("small.yaml", SmallExperiment.Yaml);
        Assert.Equal(0, LabResult.Run("run", small, "--set", "steps=5", "--out", _folder["run"]).ExitCode);
        foreach (var files in (string[][])[Directory.GetFiles(_folder["run/checkpoints"]), [_folder["run/config.yaml"]]])
        {
            var whole = files.Select(File.ReadAllBytes).ToList();
            foreach (var damage in Damages.Values)
            {
                Assert.All(files.Zip(whole), f => File.WriteAllBytes(f.First, [.. f.Second[..100], .. damage, .. f.Second[100..]]));

                var result = LabResult.Run("resume", _folder["run"], "--steps", "9");

                Assert.Equal(2, result.ExitCode);
                Assert.Contains(Path.GetFileName(files[0]), result.Diagnostics, StringComparison.Ordinal);
                Assert.All(result.Diagnostics.TrimEnd('\n').Split('\n'), Printable.AssertSentence);
            }

            Assert.All(files.Zip(whole), f => File.WriteAllBytes(f.First, f.Second));
        }
    }
}
