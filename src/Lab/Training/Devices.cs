using LossSpikes.Monitors.Native;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Training;

/// <summary>Finds the device an experiment names.</summary>
internal static class Devices
{
    /// <summary>The device called <paramref name="name"/>.</summary>
    /// <exception cref="NativeTorchException">It is not there.</exception>
    public static Device Find(string name)
    {
        var kind = name.Split(':')[0];
        var found = kind switch
        {
            "cuda" => cuda.is_available() && (name == kind || int.Parse(name.Split(':')[1], null) < cuda.device_count()),
            "mps" => mps_is_available(),
            _ => true,
        };
        return found
            ? device(name)
            : throw new NativeTorchException(
                $"the device {name} is not available ({(kind == "cuda" && cuda.is_available() ? $"CUDA sees {cuda.device_count()}" : "lab doctor says why")}); "
                + "use --set device=cpu (lab resume: --device cpu), or see docs/devices.md for a build with CUDA");
    }
}
