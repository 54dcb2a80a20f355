namespace LossSpikes.Tests.Packages;

/// <summary>Programs on a processor that NNPACK, a library inside libtorch, does not know.</summary>
public sealed class UnknownProcessorTests
{
    private const string Complaint = "Could not initialize NNPACK! Reason: Unsupported hardware.";

    /// <summary>Makes NNPACK take the processor for unknown, convolves three times, does what its argument says, convolves three times.</summary>
    private const string Program = """
        using System.Runtime.InteropServices;
        using LossSpikes.Monitors;
        using LossSpikes.Monitors.Native;
        using static TorchSharp.torch;

        var libtorch = NativeLibrary.Load(AppContext.BaseDirectory + "runtimes/linux-x64/native/libtorch_cpu.so");
        unsafe
        {
            ((delegate* unmanaged<int>)NativeLibrary.GetExport(libtorch, "nnp_initialize"))();

            // struct hardware_info { bool initialized; bool supported; … }
            *(bool*)(NativeLibrary.GetExport(libtorch, "nnp_hwinfo") + 1) = false;
        }

        if (args[0] == "load")
        {
            NativeTorch.EnsureLoaded();
        }

        set_num_threads(1);
        var (images, network) = (ones([8, 3, 32, 32], float64), nn.Conv2d(3, 8, 3, dtype: float64));
        Convolve();
        using var monitor = args[0] == "watch" ? SharpnessMonitor.Watch(network.parameters(), Loss, StabilityThreshold.GradientDescent(0.1)) : null;
        Console.Error.WriteLine("then");
        Convolve();

        Tensor Loss() => network.call(images).square().mean();

        void Convolve()
        {
            for (var i = 0; i < 3; i++)
            {
                Loss().Dispose();
            }
        }
        """;

    [Fact]
    [Trait("Speed", "Slow")]
    public void Loading_libtorch_here_or_a_monitor_ends_the_complaints_of_every_convolution()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the names of the functions are those of Linux");
        using var project = new OutsideProject(Program);

        Assert.Equal((3, 3), Complaints("neither"));
        Assert.Equal((3, 0), Complaints("watch"));
        Assert.Equal((0, 0), Complaints("load"));

        (int Before, int Then) Complaints(string what)
        {
            var run = project.Run(what);
            Assert.True(run.ExitCode == 0, run.Error);
            var parts = run.Error.Split("then\n");
            return (parts[0].Split(Complaint).Length - 1, parts[1].Split(Complaint).Length - 1);
        }
    }
}
