using LossSpikes.Monitors.Native;
using LossSpikes.Tests.Commands;

namespace LossSpikes.Tests.Backends;

/// <summary>A lab without libtorch; that of these tests takes the place of the user's. Linux only, like the feature.</summary>
public sealed class OwnLibtorchTests(BuildWithoutLibtorch lab) : IClassFixture<BuildWithoutLibtorch>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Libtorch => NativeTorch.EnsureLoaded().Folder!;

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_with_a_libtorch_of_the_user_equals_one_with_the_bundled_libtorch()
    {
        string[] run = ["run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out"];
        var own = lab.Run(Libtorch, [.. run, _folder["own"]]);
        var builtIn = LabResult.Run([.. run, _folder["built-in"]]);

        Assert.True(own.ExitCode == 0, own.Error);
        Assert.Equal(0, builtIn.ExitCode);
        Assert.Equal(File.ReadAllText(_folder["built-in/events.jsonl"]), File.ReadAllText(_folder["own/events.jsonl"]));
        Assert.DoesNotContain(Directory.EnumerateFiles(lab.Folder, "*", SearchOption.AllDirectories), f => f.Contains("libtorch", StringComparison.Ordinal));
    }

    [Fact]
    public void The_doctor_names_backend_version_and_folder()
    {
        // The layout of PyTorch's folders: the variable may name either one.
        Directory.CreateDirectory(_folder["torch"]);
        _folder.Write("torch/version.py", $"__version__ = '{LibtorchVersion.Wanted}.0+cpu'\n");
        Directory.CreateSymbolicLink(_folder["torch/lib"], Libtorch);

        var result = lab.Run(_folder["torch"], "doctor");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("backend: none", result.Output, StringComparison.Ordinal);
        Assert.Contains($"libtorch: {LibtorchVersion.Wanted}.0 in {_folder["torch/lib"]} (LOSSSPIKES_LIBTORCH)", result.Output, StringComparison.Ordinal);
        Assert.Contains("cuda: ", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "there is no libtorch in")]
    [InlineData("/no/such/folder", "LOSSSPIKES_LIBTORCH is /no/such/folder, and there is no such folder")]
    [InlineData("/", "neither this folder nor its lib has a libtorch_cpu.so")]
    public void Without_a_libtorch_one_sentence_says_what_to_do(string libtorch, string sentence)
    {
        var result = lab.Run(libtorch, "run", _folder.Write("small.yaml", SmallExperiment.Yaml), "--out", _folder["out"]);

        AssertRefused(result, sentence);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("version.py", "from typing import Optional\n__version__ = '2.5.1+cu124'\ncuda: Optional[str] = '12.4'\n", "2.5.1+cu124")]
    [InlineData("build-version", "2.11.0+cpu\n", "2.11.0+cpu")]
    public void Another_version_is_refused_and_both_versions_are_named(string file, string content, string found)
    {
        _folder.Write(file, content);
        Directory.CreateSymbolicLink(_folder["lib"], Libtorch);

        AssertRefused(lab.Run(_folder["lib"], "check"), $"holds libtorch {found} ({_folder["lib"]}), and TorchSharp needs {LibtorchVersion.Wanted}");
    }

    [Fact]
    public void A_library_that_cannot_be_loaded_is_refused_with_the_reason()
    {
        _folder.Write("libtorch_cpu.so", "no library at all");

        AssertRefused(lab.Run(_folder.Root, "weights", Repository.File("tests/PyTorchFiles/digits.pt")), "could not be loaded");
    }

    private static void AssertRefused(Child result, string sentence)
    {
        Assert.Equal(4, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(sentence, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
