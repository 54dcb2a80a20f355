using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Distributed;

/// <summary>f, g and products with H of a <see cref="ShardedObjective"/>. All ranks ask for the same, in the same order.</summary>
internal sealed class ShardedDerivatives : IDerivatives
{
    private readonly IReadOnlyList<(double Weight, IDerivatives? Derivatives)> _parts = [];
    private readonly Collective _world;
    private readonly bool _curvature;

    public ShardedDerivatives(IReadOnlyList<Shard> shards, long dimension, ScalarType type, Device device, Collective world, bool curvature)
    {
        (_world, _curvature) = (world, curvature);
        using var scope = NewDisposeScope();
        var (gradient, numbers) = (new TreeSum(), new TreeSum());
        var parts = new List<(double, IDerivatives?)>();
        try
        {
            foreach (var (weight, mean) in shards)
            {
                var part = mean?.Evaluate(curvature);
                parts.Add((weight, part));
                gradient.Add(part is null ? zeros(dimension, dtype: type, device: device) : part.Gradient * Scalar(weight));
                numbers.Add(tensor(new[] { weight * (part?.Loss ?? 0), weight * (part?.Accuracy ?? 0), part?.Accuracy is null ? 0.0 : 1 }));
                if (!curvature)
                {
                    part?.Dispose();
                }
            }
        }
        catch
        {
            Release(parts);
            throw;
        }

        world.Sum(gradient.Total);
        world.Sum(numbers.Total);
        double[] sums = [.. numbers.Total.data<double>()];
        (Loss, Accuracy) = (sums[0], sums[2] > 0 ? sums[1] : null);
        Gradient = gradient.Total.MoveToOuterDisposeScope();
        _parts = curvature ? parts : [];
    }

    public double Loss { get; }

    public double? Accuracy { get; }

    public Tensor Gradient { get; }

    public double ProductError { get; private set; }

    public Tensor Hvp(Tensor vectors)
    {
        var products = Sum(part => part.Hvp(vectors), vectors);
        ProductError = _world.Sum(_parts.Sum(p => p.Weight * (p.Derivatives?.ProductError ?? 0)))[0];
        return products;
    }

    public Tensor GaussNewton(Tensor vectors) => Sum(part => part.GaussNewton(vectors), vectors);

    public Tensor SharpnessGradient(Tensor direction) => Sum(part => part.SharpnessGradient(direction), direction);

    public void Dispose()
    {
        Gradient.Dispose();
        Release(_parts);
    }

    private static void Release(IEnumerable<(double, IDerivatives? Derivatives)> parts)
    {
        foreach (var (_, derivatives) in parts)
        {
            derivatives?.Dispose();
        }
    }

    private Tensor Sum(Func<IDerivatives, Tensor> evaluate, Tensor like)
    {
        if (!_curvature)
        {
            throw new InvalidOperationException("these derivatives were evaluated without curvature");
        }

        using var scope = NewDisposeScope();
        var sum = new TreeSum();
        foreach (var (weight, part) in _parts)
        {
            sum.Add(part is null ? zeros_like(like) : evaluate(part).mul_(Scalar(weight)));
        }

        _world.Sum(sum.Total);
        return sum.Total.MoveToOuterDisposeScope();
    }
}
