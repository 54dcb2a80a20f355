using System.Globalization;
using System.Text.Json.Serialization;

namespace LossSpikes.Monitors;

/// <summary>A cold-start Lanczos run checked the eigenvalues that the tracker reports.</summary>
/// <param name="Step">The step.</param>
/// <param name="Tracked">The tracker's eigenvalues.</param>
/// <param name="Cold">Those of the cold run.</param>
/// <param name="Disagreement">
/// The largest amount by which a cold eigenvalue exceeds the tracked one, relative to the largest: Ritz values never exceed the truth.
/// </param>
/// <param name="Adopted">Whether the tracker continues from the cold run, since the disagreement was above the tolerance.</param>
/// <param name="Hvps">Hessian–vector products of the audit.</param>
public sealed record AuditEvent(
    long Step, IReadOnlyList<double> Tracked, IReadOnlyList<double> Cold, double Disagreement, bool Adopted, int Hvps) : MonitorEvent(Step)
{
    /// <summary>Only audits that corrected the tracker are notable.</summary>
    [JsonIgnore]
    public override bool IsNotable => Adopted;

    /// <inheritdoc/>
    public override string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"audit: the tracked eigenvalues {(Adopted ? "missed" : "agree within")} {Math.Max(Disagreement, 0):P3}"
        + $"{(Adopted ? "; the tracker continues from the cold ones" : "")}");
}
