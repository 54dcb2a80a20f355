using static LossSpikes.Monitors.Numbers.HeldNumber;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The blocks of eigenvectors of the last few updates and the points at which they were found, latest first.</summary>
internal sealed class EigenTrail : IDisposable
{
    private const int Length = 4;

    // Keeps points that lie on a line (early, smooth training) from cancelling each other with huge weights.
    private const double Ridge = 1e-3;

    private readonly List<Frame> _frames = [];

    /// <summary>How many updates are remembered, at most.</summary>
    public static int Capacity => Length;

    public bool IsEmpty => _frames.Count == 0;

    /// <summary>The latest block, shape [rows, d]; owned by the trail.</summary>
    public Tensor Latest => _frames[0].Vectors;

    /// <summary>Remembers copies of a block and its point.</summary>
    public void Add(Tensor vectors, Tensor? point)
    {
        _frames.Insert(0, new Frame(vectors.clone().DetachFromDisposeScope(), point?.clone().DetachFromDisposeScope()));
        Keep(Length);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Keep(0);

    public void Dispose() => Clear();

    /// <summary>
    /// The latest block, carried to <paramref name="point"/> by the affine combination of past points that comes nearest to it; as it is
    /// where too little is known. Not orthonormal.
    /// </summary>
    public Tensor At(Tensor? point)
    {
        var last = _frames[0];
        var others = _frames.Skip(1).Where(f => f.Point is not null && f.Vectors.shape[0] == last.Vectors.shape[0]).ToArray();
        if (point is null || last.Point is null || others.Length < 2 || Weights(point, last.Point, others) is not { } weights)
        {
            return last.Vectors;
        }

        using var scope = NewDisposeScope();
        var rows = (int)last.Vectors.shape[0];
        var blocks = cat([.. others.Select(f => f.Vectors)]);
        var overlaps = SmallMatrix.Read(last.Vectors.mm(blocks.t()));
        var mixture = new double[rows, rows * (others.Length + 1)];
        for (var i = 0; i < rows; i++)
        {
            mixture[i, i] = 1 - weights.Sum();
        }

        for (var f = 0; f < others.Length; f++)
        {
            // Blocks are only defined up to a rotation among near-equal eigenvalues: turn each onto the last (Procrustes).
            var turn = SmallMatrix.PolarFactor(SmallMatrix.Columns(overlaps, f * rows, rows));
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < rows; j++)
                {
                    mixture[i, (rows * (f + 1)) + j] = weights[f] * turn[i, j];
                }
            }
        }

        return SmallMatrix.Write(mixture, blocks).mm(cat([last.Vectors, blocks])).MoveToOuterDisposeScope();
    }

    /// <summary><paramref name="vectors"/> with the signs of the latest block, or with the largest component positive where there is none.</summary>
    public Tensor SignsContinued(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var overlaps = IsEmpty ? vectors : vectors.mm(Latest.t());
        var largest = overlaps.gather(1, overlaps.abs().argmax(1, keepdim: true));
        return (vectors * where(largest.lt(Held(0)), -ones_like(largest), ones_like(largest))).MoveToOuterDisposeScope();
    }

    /// <summary>Blocks and points by name; owned by the trail.</summary>
    public Dictionary<string, Tensor> State
    {
        get
        {
            var state = new Dictionary<string, Tensor>();
            for (var i = 0; i < _frames.Count; i++)
            {
                state[$"vectors.{i}"] = _frames[i].Vectors;
                if (_frames[i].Point is { } point)
                {
                    state[$"point.{i}"] = point;
                }
            }

            return state;
        }
    }

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Clear();
        for (var i = 0; state.TryGetValue($"vectors.{i}", out var vectors); i++)
        {
            _frames.Add(new Frame(vectors.clone().DetachFromDisposeScope(), state.GetValueOrDefault($"point.{i}")?.clone().DetachFromDisposeScope()));
        }
    }

    /// <summary>Of the other points in the combination nearest to <paramref name="point"/> (the last has the rest); null where they say nothing.</summary>
    private static double[]? Weights(Tensor point, Tensor last, Frame[] others)
    {
        using var scope = NewDisposeScope();
        var ways = cat([stack(others.Select(f => f.Point!)), point.unsqueeze(0)]) - last;
        var products = SmallMatrix.Read(ways.mm(ways.narrow(0, 0, others.Length).t()));
        var mean = Enumerable.Range(0, others.Length).Average(i => products[i, i]);
        for (var i = 0; i < others.Length; i++)
        {
            products[i, i] += (Ridge * mean) + double.Epsilon;
        }

        var weights = SmallMatrix.Solve(products, [.. Enumerable.Range(0, others.Length).Select(i => products[others.Length, i])]);
        return weights.All(double.IsFinite) ? weights : null;
    }

    private void Keep(int count)
    {
        foreach (var frame in _frames.Skip(count))
        {
            frame.Vectors.Dispose();
            frame.Point?.Dispose();
        }

        _frames.RemoveRange(Math.Min(count, _frames.Count), Math.Max(0, _frames.Count - count));
    }

    private sealed record Frame(Tensor Vectors, Tensor? Point);
}
