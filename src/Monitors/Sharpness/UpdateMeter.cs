using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>Measures the update about to be made at every step of mini-batches. Cost: a few passes over d numbers.</summary>
/// <param name="objective">The objective: its parameters and their names.</param>
internal sealed class UpdateMeter(IObjective objective)
{
    private readonly IReadOnlyList<ParameterPart> _parts = objective.Parts;

    /// <summary>The numbers of a step, by their columns.</summary>
    public IReadOnlyDictionary<string, double> Measure(BatchStep batch, Tensor update, StabilityEdge edge)
    {
        using var scope = NewDisposeScope();
        var lengths = Lengths(objective.GetParameters());
        var ratios = Lengths(update).Zip(lengths, (d, w) => w > 0 ? d / w : 0).Max();
        var values = new Dictionary<string, double> { [BatchColumns.UpdateNorm] = FlatVector.Norm(update), [BatchColumns.UpdateRatio] = ratios };
        if (edge.Preconditioner is { } preconditioner)
        {
            values[BatchColumns.Preconditioner] = Math.Exp(preconditioner.to(ScalarType.Float64).log().mean().item<double>());
            values[BatchColumns.Staleness] = Staleness(batch.Gradient, preconditioner).Max();
        }

        return values.Where(v => double.IsFinite(v.Value)).ToDictionary();
    }

    /// <summary>The root mean square of g/P of each parameter.</summary>
    public double[] Staleness(Tensor gradient, Tensor preconditioner) =>
        [.. Lengths(gradient / preconditioner).Zip(_parts, (length, part) => length / Math.Sqrt(part.Numbers))];

    /// <summary>The Euclidean norm of each parameter's part of a vector, shape [d].</summary>
    public double[] Lengths(Tensor vector)
    {
        using var scope = NewDisposeScope();
        var squares = vector.to(ScalarType.Float64).Squared();
        long at = 0;
        var sums = new List<Tensor>();
        foreach (var part in _parts)
        {
            sums.Add(squares.narrow(0, at, part.Numbers).sum());
            at += part.Numbers;
        }

        return [.. stack(sums).sqrt().cpu().data<double>()];
    }

    /// <summary>The names of the parameters.</summary>
    public IReadOnlyList<string> Names => [.. _parts.Select(p => p.Name)];
}
