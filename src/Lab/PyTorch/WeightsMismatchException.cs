namespace LossSpikes.Lab.PyTorch;

/// <summary>The tensors of a file are not those a module or an optimizer has: one sentence that names the first difference. Nothing was written.</summary>
public sealed class WeightsMismatchException(string message) : InvalidOperationException(message);
