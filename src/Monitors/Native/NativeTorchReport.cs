namespace LossSpikes.Monitors.Native;

/// <summary>What <see cref="NativeTorch.EnsureLoaded"/> loaded.</summary>
/// <param name="Folder">The folder libtorch came from; null where TorchSharp finds it by itself (Windows, macOS).</param>
/// <param name="Shim">The file of TorchSharp's native half that was loaded.</param>
/// <param name="Libstdcxx">The C++ runtime found in the process.</param>
/// <param name="Weakened">Whether <paramref name="Shim"/> is the private copy that older systems need.</param>
public sealed record NativeTorchReport(string? Folder, string? Shim, string? Libstdcxx, bool Weakened);
