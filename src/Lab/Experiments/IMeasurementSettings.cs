using LossSpikes.Monitors;

namespace LossSpikes.Lab.Experiments;

/// <summary>
/// The keys of a further measurement. A member of <see cref="MonitorSettings"/> of such a type is its registration: null leaves the
/// measurement out, and columns, files, figures and pages follow by themselves.
/// </summary>
internal interface IMeasurementSettings
{
    /// <summary>The measurement, before its first step.</summary>
    IStepMeasurement Create();
}
