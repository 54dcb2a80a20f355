namespace LossSpikes.Lab.Configuration;

/// <summary>Limits that several groups of keys share.</summary>
internal static class Limits
{
    /// <summary>The most steps a run may have; intervals counted in steps end here too.</summary>
    public const int MaxSteps = 100_000_000;
}
