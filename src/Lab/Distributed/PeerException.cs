namespace LossSpikes.Lab.Distributed;

/// <summary>Another rank has failed, and says why.</summary>
internal sealed class PeerException() : InputException("another rank has failed");
