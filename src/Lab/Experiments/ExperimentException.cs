namespace LossSpikes.Lab.Experiments;

/// <summary>An experiment file or an override is wrong. The message says where, what was expected, and the nearest valid name.</summary>
internal sealed class ExperimentException(string message) : InputException(message);
