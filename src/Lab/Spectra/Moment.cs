using LossSpikes.Monitors;
using LossSpikes.Monitors.Objectives;

namespace LossSpikes.Lab.Spectra;

/// <summary>A step of a training at which a spectrum is measured.</summary>
/// <param name="Step">t.</param>
/// <param name="Objective">The measured objective, at θ_t.</param>
/// <param name="Edge">The stability edge of the update about to be made.</param>
internal sealed record Moment(long Step, IObjective Objective, StabilityEdge Edge);
