using static TorchSharp.torch;

namespace LossSpikes.TensorFiles.Storage;

/// <summary>An element type that files and TorchSharp share, under the name each format has for it.</summary>
/// <param name="Scalar">TorchSharp's dtype.</param>
/// <param name="Size">Bytes per element.</param>
/// <param name="Name">PyTorch's dtype, without <c>torch.</c>.</param>
/// <param name="Storage">The storage class that PyTorch's pickles name.</param>
/// <param name="Safetensors">The dtype in a safetensors header; null where that format has none.</param>
internal sealed record TensorType(ScalarType Scalar, int Size, string Name, string Storage, string? Safetensors)
{
    /// <summary>All element types.</summary>
    public static IReadOnlyList<TensorType> All { get; } =
    [
        new(ScalarType.Float64, 8, "float64", "DoubleStorage", "F64"),
        new(ScalarType.Float32, 4, "float32", "FloatStorage", "F32"),
        new(ScalarType.Float16, 2, "float16", "HalfStorage", "F16"),
        new(ScalarType.BFloat16, 2, "bfloat16", "BFloat16Storage", "BF16"),
        new(ScalarType.Int64, 8, "int64", "LongStorage", "I64"),
        new(ScalarType.Int32, 4, "int32", "IntStorage", "I32"),
        new(ScalarType.Int16, 2, "int16", "ShortStorage", "I16"),
        new(ScalarType.Int8, 1, "int8", "CharStorage", "I8"),
        new(ScalarType.Byte, 1, "uint8", "ByteStorage", "U8"),
        new(ScalarType.Bool, 1, "bool", "BoolStorage", "BOOL"),
        new(ScalarType.ComplexFloat32, 8, "complex64", "ComplexFloatStorage", null),
        new(ScalarType.ComplexFloat64, 16, "complex128", "ComplexDoubleStorage", null),
    ];

    /// <summary>Whether gradients can flow through such elements.</summary>
    public bool IsDifferentiable => IsFloating || IsComplex;

    /// <summary>Whether the elements are real floating-point numbers.</summary>
    public bool IsFloating => Scalar is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;

    /// <summary>Whether the elements are complex numbers.</summary>
    public bool IsComplex => Scalar is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    /// <summary>The element type of a TorchSharp dtype.</summary>
    /// <exception cref="NotSupportedException">No file format here has that dtype.</exception>
    public static TensorType Of(ScalarType type) =>
        All.FirstOrDefault(t => t.Scalar == type) ?? throw new NotSupportedException($"tensors of dtype {type} cannot be written to files");
}
