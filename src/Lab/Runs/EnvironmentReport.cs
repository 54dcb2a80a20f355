using System.Reflection;
using System.Runtime.InteropServices;
using LossSpikes.Lab.Distributed;
using LossSpikes.Lab.Experiments;
using LossSpikes.Monitors.Native;
using TorchSharp;

namespace LossSpikes.Lab.Runs;

/// <summary>environment.json: the program and the machine that made a run.</summary>
internal sealed record EnvironmentReport(
    string Lab,
    string TorchSharp,
    string Libtorch,
    string Dotnet,
    string System,
    string Architecture,
    string? Processor,
    int Cores,
    int Threads,
    int Ranks,
    string? Mpi,
    string Device,
    string Dtype,
    DateTime Started)
{
    /// <summary>The machine and program as they are now.</summary>
    public static EnvironmentReport Of(Experiment experiment, Collective? world = null) => new(
        LabVersion,
        typeof(torch).Assembly.GetName().Version!.ToString(3),
        NativeTorch.EnsureLoaded().Version ?? torch.__version__,
        RuntimeInformation.FrameworkDescription,
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        ProcessorName(),
        Environment.ProcessorCount,
        torch.get_num_threads(),
        world?.Size ?? 1,
        world is { Size: > 1 } ? world.Engine : null,
        experiment.Device,
        experiment.Precision.ToString().ToLowerInvariant(),
        DateTime.UtcNow);

    /// <summary>Version and commit of this program.</summary>
    public static string LabVersion =>
        typeof(EnvironmentReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>What the processor calls itself, or null.</summary>
    public static string? ProcessorName()
    {
        const string CpuInfo = "/proc/cpuinfo";
        return File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : null;
    }
}
