namespace LossSpikes.TensorFiles;

/// <summary>
/// The tensors of a file are not those that a module or an optimizer has. The message is one sentence that names the first
/// difference; nothing was written.
/// </summary>
/// <param name="message">The sentence.</param>
public class WeightsMismatchException(string message) : InvalidOperationException(message);
