namespace LossSpikes.Monitors.Native;

/// <summary>What <see cref="NativeTorch.EnsureLoaded"/> loaded. On Windows and macOS nothing: TorchSharp loads libtorch by itself there.</summary>
public sealed record NativeTorchReport
{
    /// <summary>The folder libtorch came from; null where TorchSharp finds it by itself.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether it is a libtorch of the user's own, named by the environment variable LOSSSPIKES_LIBTORCH.</summary>
    public bool Own { get; init; }

    /// <summary>The version it says it has, like 2.10.0; null where it was not asked.</summary>
    public string? Version { get; init; }

    /// <summary>The file of TorchSharp's native half that was loaded.</summary>
    public string? Shim { get; init; }

    /// <summary>The C++ runtime found in the process.</summary>
    public string? Libstdcxx { get; init; }

    /// <summary>Whether <see cref="Shim"/> is the private copy that older systems need.</summary>
    public bool Weakened { get; init; }
}
