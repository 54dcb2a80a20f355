namespace LossSpikes.Lab.Experiments;

/// <summary>Floating-point formats a run can work in.</summary>
internal enum Precision
{
    Float32,
    Float64,
}
