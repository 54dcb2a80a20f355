using System.Reflection;
using System.Runtime.InteropServices;
using LossSpikes.Lab.Runs;
using LossSpikes.Monitors.Native;
using TorchSharp;

namespace LossSpikes.Lab.Installation;

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
            new("backend", true, Backend switch
            {
                "none" => "none: built without a libtorch, which LOSSSPIKES_LIBTORCH must name",
                var carried => $"{carried}: built with its own libtorch",
            }),
        ];
        try
        {
            var report = NativeTorch.EnsureLoaded();
            findings.Add(
                new Finding(
                    "libtorch",
                    true,
                    report.Folder is null ? "found by TorchSharp" : $"{report.Version} in {report.Folder}{(report.Own ? " (LOSSSPIKES_LIBTORCH)" : "")}"));
            findings.Add(new Finding("native half of TorchSharp", true, report.Shim ?? "found by TorchSharp", report.Weakened
                ? "a private copy that does not insist on GLIBCXX_3.4.32, which this system's libstdc++ lacks; nothing to do"
                : null));
            findings.Add(new Finding("libstdc++", true, report.Libstdcxx ?? "not asked for on this system"));
            findings.AddRange(Torch());
        }
        catch (NativeTorchException e)
        {
            findings.Add(new Finding("libtorch", false, e.Message, "docs/devices.md has the lines to type"));
        }

        return findings;
    }

    private static IEnumerable<Finding> Torch()
    {
        yield return new Finding("TorchSharp", true, $"{typeof(torch).Assembly.GetName().Version!.ToString(3)}, made for libtorch {torch.__version__}");
        yield return new Finding("threads", true, $"runs use 1; libtorch would take {torch.get_num_threads()}");
        yield return Sum("cpu", "adds up", null);
        yield return Cuda();
    }

    private static Finding Cuda() => (torch.cuda.is_available(), Backend) switch
    {
        (true, _) =>
            Sum(
                "cuda",
                $"usable, {torch.cuda.device_count()} device(s); device: cuda in an experiment, or --set device=cuda, runs on the first",
                "nvidia-smi tells whether the GPU is free and known to its driver"),
        (false, "cpu") => new Finding("cuda", true, "not in this build", "for an NVIDIA GPU see docs/devices.md; the CPU needs nothing"),
        _ =>
            new Finding(
                "cuda", true, "not usable: this libtorch has no CUDA, or finds no NVIDIA driver", "nvidia-smi must list the GPU; the CPU needs nothing"),
    };

    /// <summary>Whether a device can do what it is there for: being listed is not enough.</summary>
    private static Finding Sum(string device, string good, string? remedy)
    {
        try
        {
            using var scope = torch.NewDisposeScope();
            var works = torch.ones(2, device: torch.device(device)).sum().item<float>() == 2;
            return new Finding(device, works, works ? good : "1 + 1 is not 2", works ? null : remedy);
        }
        catch (ExternalException e)
        {
            return new Finding(device, false, e.Message.Split('\n')[0], remedy);
        }
    }

    private static string Backend => typeof(Doctor).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TorchBackend").Value!;
}
