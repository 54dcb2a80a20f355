namespace LossSpikes.Monitors.Native;

/// <summary>libtorch is missing or cannot be loaded. The message names the file, the reason and the remedy.</summary>
public sealed class NativeTorchException : Exception
{
    /// <summary>Creates the exception.</summary>
    public NativeTorchException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
