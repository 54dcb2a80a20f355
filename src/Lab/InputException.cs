namespace LossSpikes.Lab;

/// <summary>Something the user gave is wrong, or a file cannot be read or written: one sentence, exit code 2.</summary>
internal class InputException(string message, Exception? inner = null) : Exception(message.ReplaceLineEndings(" "), inner);
