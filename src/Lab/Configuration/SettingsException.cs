namespace LossSpikes.Lab.Configuration;

/// <summary>A settings file or an override is wrong. The message says where, what was expected, and the nearest valid name.</summary>
internal sealed class SettingsException(string message) : InputException(message);
