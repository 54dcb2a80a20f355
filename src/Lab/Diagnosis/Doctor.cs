using System.Runtime.InteropServices;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Native;
using TorchSharp;

namespace LossSpikes.Lab.Diagnosis;

/// <summary>Looks at everything a run needs from the machine.</summary>
internal static class Doctor
{
    /// <summary>The findings, first cause first; libtorch's own only where it can be loaded.</summary>
    public static IReadOnlyList<Finding> Examine()
    {
        List<Finding> findings =
        [
            new("lab", true, EnvironmentReport.LabVersion),
            new(".NET", true, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture})"),
            new("cores", true, $"{Environment.ProcessorCount}"),
        ];
        try
        {
            var report = NativeTorch.EnsureLoaded();
            findings.Add(new Finding("libtorch", true, report.Folder ?? "found by TorchSharp"));
            findings.Add(new Finding("native half of TorchSharp", true, report.Shim ?? "found by TorchSharp", report.Weakened
                ? "a private copy that does not insist on GLIBCXX_3.4.32, which this system's libstdc++ lacks; nothing to do"
                : null));
            findings.Add(new Finding("libstdc++", true, report.Libstdcxx ?? "not asked for on this system"));
            findings.AddRange(Torch());
        }
        catch (NativeTorchException e)
        {
            findings.Add(new Finding("libtorch", false, e.Message, "dotnet build -c Release src/Lab, without -p:TorchBackend=none, brings a libtorch along"));
        }

        return findings;
    }

    private static IEnumerable<Finding> Torch()
    {
        yield return new Finding("TorchSharp", true, $"{typeof(torch).Assembly.GetName().Version!.ToString(3)}, made for libtorch {torch.__version__}");
        yield return new Finding("threads", true, $"runs use 1; libtorch would take {torch.get_num_threads()}");
        var works = torch.ones(2).sum().item<float>() == 2;
        yield return new Finding("cpu", works, works ? "adds up" : "1 + 1 is not 2");
        yield return torch.cuda.is_available()
            ? new Finding("cuda", true, $"{torch.cuda.device_count()} device(s)")
            : new Finding("cuda", true, "none", "for an NVIDIA GPU build with -p:TorchBackend=cuda and set device: cuda; the CPU needs nothing");
    }
}
