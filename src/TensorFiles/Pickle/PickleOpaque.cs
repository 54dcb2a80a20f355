namespace LossSpikes.TensorFiles.Pickle;

/// <summary>
/// A value of a Python type that is not read: an <c>argparse.Namespace</c>, an array of numpy, a path. Only the name of its type is kept. Nothing of
/// it was built or called.
/// </summary>
/// <param name="Type">The full name of its type, or of the function that makes it, such as <c>argparse.Namespace</c>.</param>
public record PickleOpaque(string Type)
{
    internal static readonly PickleOpaque Bytes = new("bytes"), ByteArray = new("bytearray"), Set = new("set"), FrozenSet = new("frozenset"),
        LargeInteger = new("int of more than 64 bits");
}
