using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace LossSpikes.Lab.TensorFiles;

/// <summary>One tensor of a file, in numbers.</summary>
internal sealed record TensorSummary
{
    /// <summary>The keys on the way to it, joined by dots.</summary>
    public required string Name { get; init; }

    /// <summary>PyTorch's name of the element type.</summary>
    public required string Dtype { get; init; }

    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>Over all elements, in float64; null where there are none, or where they are complex.</summary>
    public double? Minimum { get; init; }

    /// <inheritdoc cref="Minimum"/>
    public double? Maximum { get; init; }

    /// <inheritdoc cref="Minimum"/>
    public double? Mean { get; init; }

    /// <summary>The elements in row-major order, where they were asked for: numbers, or truth values.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<object>? Values { get; init; }

    /// <summary>Looks at a tensor of real numbers or truth values; of complex ones only dtype and shape are told.</summary>
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
