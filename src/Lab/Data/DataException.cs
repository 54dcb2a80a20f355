namespace LossSpikes.Lab.Data;

/// <summary>What the user gave as data cannot be used; the message is one sentence that names the place and what was expected.</summary>
public sealed class DataException(string message) : Exception(message);
