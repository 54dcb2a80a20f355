using static LossSpikes.Monitors.Eigen.SmallMatrix;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The blocks of eigenvectors of the last two updates, what is known of their products with the matrix, and the points at which they were found.</summary>
/// <remarks>At the edge of stability the iterates hop between two sides of a valley: where they are going, they were two updates ago.</remarks>
internal sealed class EigenTrail : IDisposable
{
    // Keeps the way from being read off noise, and what lies along it from being magnified: a learning rate that jumps leads far away.
    private const double Ridge = 0.02, FurthestWeight = 2;

    // What was seen longer ago is left where it was: extrapolation would magnify what is wrong with it.
    private const double OldestCarried = 2.5;

    // A turn of the vectors among themselves, in radians, that is worth a pass over them.
    private const double SmallestTurn = 0.05;

    private Frame? _last, _before;

    public bool IsEmpty => _last is null;

    /// <summary>The latest vectors, near unit length and nearly orthogonal, shape [rows, d]; owned by the trail.</summary>
    public Tensor Latest => _last!.Block[0];

    /// <summary>The largest eigenvalue at the last update.</summary>
    public double Largest => _last!.Largest;

    /// <summary>Takes a block over and remembers where it was found.</summary>
    /// <param name="block">Vectors and what is known of their products, shape [2, rows, d].</param>
    /// <param name="sightings">When that was seen, for each row.</param>
    /// <param name="largest">The largest eigenvalue there.</param>
    /// <param name="point">Shape [d], which is copied; null where the matrix belongs to no point.</param>
    public void Add(Tensor block, Sighting[] sightings, double largest, Tensor? point)
    {
        _before?.Dispose();
        (_before, _last) = (_last, new Frame(block.DetachFromDisposeScope(), sightings, largest, point?.clone().DetachFromDisposeScope()));
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _last?.Dispose();
        _before?.Dispose();
        (_last, _before) = (null, null);
    }

    public void Dispose() => Clear();

    /// <summary>
    /// The latest block and its products, carried to <paramref name="point"/> by the affine combination of the last two points that comes
    /// nearest to it, as far as these say anything. Shape [2, rows, d], not orthonormal; and when the products were seen.
    /// </summary>
    public (Tensor Block, Sighting[] Sightings) At(Tensor? point)
    {
        using var scope = NewDisposeScope();
        var (rows, last) = (_last!.Sightings.Length, _last);
        Sighting[] sightings = [.. last.Sightings.Select(s => s with { Age = s.Age + 1 })];
        if (point is null || last.Point is null || _before?.Point is null || _before.Sightings.Length != rows)
        {
            return (last.Block.clone().MoveToOuterDisposeScope(), sightings);
        }

        var weight = Weight(point, last.Point, _before.Point);
        // Blocks are only defined up to a rotation among near-equal eigenvalues: turn the older onto the last (Procrustes).
        var turn = PolarFactor(Read(Latest.mm(_before.Block[0].t())));
        var shares = new double[rows, 1];
        for (var i = 0; i < rows; i++)
        {
            var before = Sighting.Of(Rows(turn, i, 1).Cast<double>(), _before.Sightings);
            var carried = 1 + (Math.Abs(1 - weight) * last.Sightings[i].Age) + (Math.Abs(weight) * before.Age);
            (shares[i, 0], sightings[i]) = carried <= OldestCarried ? (weight, sightings[i] with { Age = carried }) : (0, sightings[i]);
        }

        // Vectors and products are turned together, so that a small turn may be left out: they still belong to each other.
        var still = Sum(turn, Identity(rows), -1).Cast<double>().Max(Math.Abs) < SmallestTurn;
        var earlier = still ? _before.Block : Write(turn, Latest).expand(2, -1, -1).bmm(_before.Block);
        return (last.Block.lerp(earlier, Write(shares, Latest)).MoveToOuterDisposeScope(), sightings);
    }

    /// <summary><paramref name="vectors"/> with the signs of the latest block, or with the largest component positive where there is none.</summary>
    public Tensor SignsContinued(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var overlaps = IsEmpty ? vectors : vectors.mm(Latest.t());
        var largest = overlaps.gather(1, overlaps.abs().argmax(1, keepdim: true));
        return (vectors * where(largest.lt(Scalar(0)), -ones_like(largest), ones_like(largest))).MoveToOuterDisposeScope();
    }

    /// <summary>Blocks, when they were seen, and points, by name; owned by the trail.</summary>
    public Dictionary<string, Tensor> State
    {
        get
        {
            var state = new Dictionary<string, Tensor>();
            foreach (var (name, frame) in new[] { ("last", _last), ("before", _before) })
            {
                if (frame is not null)
                {
                    (state[$"{name}.block"], state[$"{name}.sightings"]) = (frame.Block, Sighting.Write(frame.Sightings));
                    state[$"{name}.largest"] = tensor(BitConverter.DoubleToInt64Bits(frame.Largest));
                }

                if (frame?.Point is { } point)
                {
                    state[$"{name}.point"] = point;
                }
            }

            return state;
        }
    }

    /// <summary>Goes on from a <see cref="State"/>; the tensors are copied. One in which something is missing, of an earlier version say, knows nothing.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Clear();
        foreach (var name in new[] { "before", "last" })
        {
            if (state.TryGetValue($"{name}.block", out var block)
                && state.TryGetValue($"{name}.sightings", out var sightings)
                && state.TryGetValue($"{name}.largest", out var largest))
            {
                Add(block.clone(), Sighting.Read(sightings), BitConverter.Int64BitsToDouble(largest.item<long>()), state.GetValueOrDefault($"{name}.point"));
            }
        }
    }

    /// <summary>How much of the way back from the last point to the one before leads nearest to <paramref name="point"/>.</summary>
    private static double Weight(Tensor point, Tensor last, Tensor before)
    {
        using var scope = NewDisposeScope();
        var back = before - last;
        var along = Read(stack([back, point - last]).mv(back).unsqueeze(0));
        return along[0, 0] > 0 ? Math.Clamp(along[0, 1] / ((1 + Ridge) * along[0, 0]), -FurthestWeight, FurthestWeight) : 0;
    }

    private sealed record Frame(Tensor Block, Sighting[] Sightings, double Largest, Tensor? Point) : IDisposable
    {
        public void Dispose()
        {
            Block.Dispose();
            Point?.Dispose();
        }
    }
}
