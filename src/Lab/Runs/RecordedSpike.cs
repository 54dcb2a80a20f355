namespace LossSpikes.Lab.Runs;

/// <summary>What a figure needs of a spike's record.</summary>
/// <param name="Id">The spike's number in the run.</param>
/// <param name="OnsetStep">The step of the lowest loss before it.</param>
/// <param name="OpenStep">The first step that counts as risen.</param>
/// <param name="PeakStep">The step of its highest loss.</param>
/// <param name="EndStep">The step at which it ended; null where the run ended before it.</param>
/// <param name="PeakLoss">Its highest loss.</param>
/// <param name="Outcome">How it ended: recovered, sustained, diverged or unfinished.</param>
internal sealed record RecordedSpike(int Id, int OnsetStep, int OpenStep, int PeakStep, int? EndStep, double PeakLoss, string Outcome);
