using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What the machine can do at best, by which the rest is judged.</summary>
internal static class Machine
{
    private const long Size = 1024;

    /// <summary>Floating-point operations per second of a float32 product of two matrices of 1024 rows, on the present number of threads.</summary>
    public static double ProductRate()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn([Size, Size]), randn([Size, Size]));
        return 2.0 * Size * Size * Size / Timing.Medians(20, () => a.mm(b))[0];
    }

    /// <summary>Resident memory of this process in megabytes, after everything unreachable has been collected.</summary>
    public static double ResidentMegabytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    /// <summary>The most resident memory that this process has had, in megabytes.</summary>
    public static double PeakMegabytes()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
