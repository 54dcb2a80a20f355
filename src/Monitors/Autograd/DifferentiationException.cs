namespace LossSpikes.Monitors.Autograd;

/// <summary>libtorch could not differentiate what it was given; the message is its reason. The process and the model are unharmed.</summary>
public sealed class DifferentiationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public DifferentiationException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
