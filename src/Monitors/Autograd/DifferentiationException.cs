namespace LossSpikes.Monitors.Autograd;

/// <summary>libtorch could not differentiate the loss; the message gives its reason. The process and the model are unharmed.</summary>
public sealed class DifferentiationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public DifferentiationException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
