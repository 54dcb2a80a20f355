using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LossSpikes.Monitors;
using LossSpikes.Monitors.Native;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>
/// The network, data and steps of <c>digits</c> in PyTorch, with a cold <c>eigsh</c> of SciPy at every step, as the field measures the
/// sharpness.
/// </summary>
/// <param name="python">The interpreter.</param>
internal sealed class PythonBenchmark(string python) : IBenchmark
{
    private const string Script = "peer.py";
    private const int Steps = 50;

    private static readonly TrainingCase Training = TrainingCase.Digits with { Steps = Steps, ReferenceEvery = int.MaxValue };

    public string Name => "python";

    public string Description => $"the first {Steps} steps of digits, k = 1, here and in PyTorch with SciPy";

    /// <summary>The benchmark with the first interpreter on the path that has PyTorch and SciPy.</summary>
    /// <exception cref="NativeTorchException">There is none.</exception>
    public static PythonBenchmark Find() =>
        ((string[])["python3", "python"]).FirstOrDefault(name => Run(name, ["-c", "import numpy, scipy, torch"]) is not null) is { } python
            ? new PythonBenchmark(python)
            : throw new NativeTorchException(
                "no Python with PyTorch and SciPy was found (tried python3 and python on the path); install both with: python3 -m pip install torch scipy");

    public IEnumerable<BenchRow> Run()
    {
        var folder = Directory.CreateTempSubdirectory("lossspikes-");
        try
        {
            Write(folder.FullName);
            var output = Run(python, [Path.Combine(folder.FullName, Script), folder.FullName, .. Arguments()])
                ?? throw new InputException("the Python side of the benchmark failed; run it with the same Python and PyTorch 1.13 or newer");
            using var theirs = JsonDocument.Parse(output);
            double Their(string name) => theirs.RootElement.GetProperty(name).GetDouble();
            var ours = MonitoredSteps.Run(Training, new MonitorOptions { Eigenvalues = 1 });
            var (plain, monitored) = (ours.Plain.Average(), ours.Monitored.Average());
            return
            [
                BenchRow.Of("plain step there", Their("plain") * 1e3, "ms"),
                BenchRow.AtMost(1.5, "plain step here / there", plain / Their("plain")),
                BenchRow.Of("monitored step there", Their("monitored") * 1e3, "ms"),
                BenchRow.Of("HVPs per step there", Their("products"), ""),
                BenchRow.Of("monitored step there / here", Their("monitored") / monitored, ""),
                BenchRow.Of("λ₁ at the last step, there / here", Their("sharpness") / ours.LastSharpness, ""),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Arguments() =>
    [
        Training.LearningRate.ToString("R", CultureInfo.InvariantCulture), $"{Steps}", $"{Training.Threads}", .. Training.Hidden.Select(w => $"{w}"),
    ];

    /// <summary>The script, the data and the initial weights, so that both sides do the same.</summary>
    private static void Write(string folder)
    {
        using var scope = NewDisposeScope();
        using var source = typeof(PythonBenchmark).Assembly.GetManifestResourceStream(Script)!;
        using (var copy = File.Create(Path.Combine(folder, Script)))
        {
            source.CopyTo(copy);
        }

        using var objective = Training.Start();
        using var data = Training.Data();
        Save("inputs", data.Inputs.flatten(1));
        Save("targets", nn.functional.one_hot(data.Targets, data.Classes!.Value));
        Save("point", objective.GetParameters());

        void Save(string name, Tensor tensor) =>
            File.WriteAllBytes(Path.Combine(folder, $"{name}.f32"), tensor.to(ScalarType.Float32).contiguous().bytes.ToArray());
    }

    /// <summary>What a program wrote to its standard output, or null where it is not there or failed.</summary>
    private static string? Run(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
