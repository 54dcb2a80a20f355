using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>Floating-point formats a run can work in.</summary>
internal enum Precision
{
    Float32,
    Float64,
}

/// <summary>The formats as torch names them.</summary>
internal static class PrecisionTypes
{
    public static ScalarType ToScalarType(this Precision precision) => precision == Precision.Float64 ? ScalarType.Float64 : ScalarType.Float32;
}
