using System.Numerics;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Distributed;

/// <summary>
/// A mean over examples that are cut into 2^k chunks, of which each rank evaluates its own. What they give is added along a fixed binary tree, first
/// over the chunks of a rank and then over the ranks: 1, 2, 4, … ranks get the same bytes, which differ by rounding from those without chunks.
/// </summary>
internal sealed class ShardedObjective : IFiniteSum
{
    private readonly IFiniteSum _whole;
    private readonly IReadOnlyList<long>? _examples;
    private readonly int _chunks;
    private readonly Collective _world;
    private readonly IReadOnlyList<Shard> _shards;

    /// <summary>Cuts an objective, which becomes this one's.</summary>
    /// <param name="whole">The mean over all examples.</param>
    /// <param name="chunks">A power of two, at least the number of ranks and at most that of the examples.</param>
    /// <param name="world">The ranks.</param>
    /// <exception cref="InputException">The number of chunks does not fit.</exception>
    public static ShardedObjective Of(IFiniteSum whole, int chunks, Collective world)
    {
        var problem = !BitOperations.IsPow2(chunks) ? "expected a power of two, such as 16"
            : chunks < world.Size ? $"there are {world.Size} ranks, and each needs a chunk"
            : chunks > whole.Examples ? $"there are {whole.Examples} examples, and each chunk needs one"
            : null;
        if (problem is null)
        {
            return new ShardedObjective(whole, null, chunks, world);
        }

        whole.Dispose();
        throw new InputException($"objective.data.chunks is {chunks}: {problem}");
    }

    private ShardedObjective(IFiniteSum whole, IReadOnlyList<long>? examples, int chunks, Collective world)
    {
        (_whole, _examples, _chunks, _world) = (whole, examples, chunks, world);
        var own = chunks / world.Size;
        _shards = [.. Enumerable.Range(world.Rank * own, own).Select(Cut)];
    }

    public long Examples => _examples?.Count ?? _whole.Examples;

    public long Dimension => _whole.Dimension;

    public IReadOnlyList<ParameterPart> Parts => _whole.Parts;

    public ScalarType DataType => _whole.DataType;

    public Device Device => _whole.Device;

    public double LossScale => _whole.LossScale;

    public IReadOnlyDictionary<string, Tensor> Buffers => _whole.Buffers;

    public Tensor GetParameters() => _whole.GetParameters();

    public void SetParameters(Tensor point) => _whole.SetParameters(point);

    public void RestoreBuffers(IReadOnlyDictionary<string, Tensor> buffers) => _whole.RestoreBuffers(buffers);

    public IDerivatives Evaluate(bool curvature) => new ShardedDerivatives(_shards, Dimension, DataType, Device, _world, curvature);

    public double EvaluateLoss()
    {
        using var scope = NewDisposeScope();
        var sum = new TreeSum();
        foreach (var shard in _shards)
        {
            sum.Add(tensor(shard.Objective is { } mean ? shard.Weight * mean.EvaluateLoss() : 0.0));
        }

        _world.Sum(sum.Total);
        return sum.Total.item<double>();
    }

    public IObjective Over(IReadOnlyList<long> examples) =>
        new ShardedObjective(_whole, _examples is null ? examples : [.. examples.Select(i => _examples[(int)i])], _chunks, _world);

    public void Dispose()
    {
        foreach (var shard in _shards)
        {
            shard.Objective?.Dispose();
        }

        if (_examples is null)
        {
            _whole.Dispose();
        }
    }

    /// <summary>A chunk; where there are fewer examples than chunks, some are empty.</summary>
    private Shard Cut(int chunk)
    {
        var (from, to) = (Examples * chunk / _chunks, Examples * (chunk + 1) / _chunks);
        long[] examples = [.. Enumerable.Range((int)from, (int)(to - from)).Select(i => _examples?[i] ?? i)];
        return new Shard((double)examples.Length / Examples, examples.Length > 0 ? _whole.Over(examples) : null);
    }
}

/// <summary>A chunk of the examples.</summary>
/// <param name="Weight">Its share of them.</param>
/// <param name="Objective">The mean over it; null where it is empty.</param>
internal sealed record Shard(double Weight, IObjective? Objective);
