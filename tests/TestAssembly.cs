using System.Runtime.CompilerServices;
using LossSpikes.Monitors.Native;
using TorchSharp;
using Xunit.Sdk;
using Xunit.v3;

// Native threads, thread-local scopes and the count of live tensors are shared by the process.
[assembly: Parallelization(Mode = ParallelMode.None)]

file static class OneThread
{
    [ModuleInitializer]
    internal static void Set()
    {
        NativeTorch.EnsureLoaded();
        torch.set_num_threads(1);
    }
}
