using System.Text.Json.Serialization;
using LossSpikes.TensorFiles.Storage;
using static TorchSharp.torch;

namespace LossSpikes.TensorFiles;

/// <summary>Name, dtype, shape and range of one tensor of a file.</summary>
public sealed record TensorSummary
{
    /// <summary>The keys on the way to it, joined by dots.</summary>
    public required string Name { get; init; }

    /// <summary>PyTorch's name of the element type.</summary>
    public required string Dtype { get; init; }

    /// <summary>The size of each dimension; empty for a scalar.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The smallest element, in float64; null where there are no elements or they are complex.</summary>
    public double? Minimum { get; init; }

    /// <summary>The largest element, in float64; null where there are no elements or they are complex.</summary>
    public double? Maximum { get; init; }

    /// <summary>The mean of all elements, in float64; null where there are no elements or they are complex.</summary>
    public double? Mean { get; init; }

    /// <summary>The elements in row-major order: double, long or bool. Null where they were not requested.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<object>? Values { get; init; }

    /// <summary>Summarizes a tensor of real numbers or truth values; a complex one gets dtype and shape only.</summary>
    /// <param name="name">The name of the tensor.</param>
    /// <param name="tensor">The tensor, of any shape, layout and device.</param>
    /// <param name="values">Whether to include the elements.</param>
    /// <exception cref="NotSupportedException">No file format here has the tensor's dtype.</exception>
    public static TensorSummary Of(string name, Tensor tensor, bool values)
    {
        using var scope = NewDisposeScope();
        var type = TensorType.Of(tensor.dtype);
        var summary = new TensorSummary { Name = name, Dtype = type.Name, Shape = tensor.shape };
        if (type.IsComplex || tensor.numel() == 0)
        {
            return values ? summary with { Values = [] } : summary;
        }

        var numbers = tensor.detach().to(ScalarType.Float64);
        return summary with
        {
            Minimum = numbers.min().item<double>(),
            Maximum = numbers.max().item<double>(),
            Mean = numbers.mean().item<double>(),
            Values = values ? Elements(tensor.detach(), type) : null,
        };
    }

    private static IReadOnlyList<object> Elements(Tensor tensor, TensorType type) => type switch
    {
        { Scalar: ScalarType.Bool } => [.. tensor.contiguous().data<bool>().Select(v => (object)v)],
        { IsFloating: true } => [.. tensor.to(ScalarType.Float64).contiguous().data<double>().Select(v => (object)v)],
        _ => [.. tensor.to(ScalarType.Int64).contiguous().data<long>().Select(v => (object)v)],
    };
}
