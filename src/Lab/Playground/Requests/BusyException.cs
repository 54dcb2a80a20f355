namespace LossSpikes.Lab.Playground.Requests;

/// <summary>More was asked for than can be answered soon.</summary>
internal sealed class BusyException(string message = "too many requests are waiting; try again in a moment") : Exception(message);
