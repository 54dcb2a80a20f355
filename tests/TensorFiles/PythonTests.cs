using System.ComponentModel;
using System.Diagnostics;
using LossSpikes.TensorFiles;
using static TorchSharp.torch;

namespace LossSpikes.Tests.TensorFiles;

/// <summary>PyTorch reads the files written here. Without a Python that has PyTorch, the test passes.</summary>
public sealed class PythonTests : IDisposable
{
    private const int NoPyTorch = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PyTorch_finds_the_original_content_in_rewritten_files()
    {
        using var scope = NewDisposeScope();
        var files = new List<string>();
        foreach (var name in new[] { "dtypes.pt", "layouts.pt", "nested.pt", "optimizers.pt" })
        {
            var original = Repository.File($"tests/PyTorchFiles/{name}");
            using var again = File.Create(_folder[name]);
            PyTorchFile.Write(again, TensorFile.Read(original));
            files.AddRange([original, _folder[name]]);
        }

        var (code, errors) = Python([Repository.File("tests/PyTorchFiles/same.py"), .. files]);

        Assert.True(code is 0 or NoPyTorch, errors);
    }

    private static (int ExitCode, string Errors) Python(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
        catch (Win32Exception)
        {
            return (NoPyTorch, "there is no python3");
        }
    }
}
