using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>The last blocks of eigenvectors with the points they were found at, and what they say of the next point.</summary>
internal sealed class EigenTrail : IDisposable
{
    private const int Length = 4;

    private readonly List<Frame> _frames = [];

    /// <summary>Whether nothing is known.</summary>
    public bool IsEmpty => _frames.Count == 0;

    /// <summary>How many vectors the last block has.</summary>
    public int Size => IsEmpty ? 0 : (int)_frames[0].Vectors.shape[0];

    /// <summary>The vectors of the last block, owned by the trail; null where nothing is known.</summary>
    public Tensor? Last => IsEmpty ? null : _frames[0].Vectors;

    /// <summary>The tensors that make it up, by name. Owned by the trail.</summary>
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
        Forget(0);
        for (var i = 0; state.TryGetValue($"vectors.{i}", out var vectors); i++)
        {
            _frames.Add(new Frame(vectors.clone().DetachFromDisposeScope(), state.GetValueOrDefault($"point.{i}")?.clone().DetachFromDisposeScope()));
        }
    }

    /// <summary>Adds the orthonormal rows of <paramref name="vectors"/>, found at <paramref name="point"/>; both are copied.</summary>
    public void Add(Tensor vectors, Tensor? point)
    {
        _frames.Insert(0, new Frame(vectors.clone().DetachFromDisposeScope(), point?.clone().DetachFromDisposeScope()));
        Forget(Length);
    }

    /// <summary>Forgets all of it.</summary>
    public void Clear() => Forget(0);

    /// <summary>From the last point to <paramref name="point"/>; null where there was none.</summary>
    public Tensor? Way(Tensor point) => _frames[0].Point is { } last ? point - last : null;

    /// <summary>The last block carried to <paramref name="point"/> by the affine combination of past points nearest to it; as it is where there is no point.</summary>
    public Tensor At(Tensor? point)
    {
        var last = _frames[0];
        var others = _frames.Skip(1).Where(f => f.Point is not null && f.Vectors.shape[0] == last.Vectors.shape[0]).ToArray();
        if (others.Length < 2 || last.Point is null || point is null)
        {
            return last.Vectors;
        }

        var differences = stack(others.Select(f => f.Point! - last.Point));
        var weights = Nearest(SmallMatrix.Read(differences.mm(differences.t())), SmallMatrix.Read(differences.mm((point - last.Point).unsqueeze(1))));
        if (!weights.Cast<double>().All(double.IsFinite))
        {
            return last.Vectors;
        }

        var start = last.Vectors * (1 - weights.Cast<double>().Sum());
        for (var i = 0; i < others.Length; i++)
        {
            // Frames are only defined up to a rotation among near-equal eigenvalues: turn each onto the last (Procrustes).
            var turn = Rotation(SmallMatrix.Read(last.Vectors.mm(others[i].Vectors.t())));
            start.addmm_(SmallMatrix.Write(turn, start), others[i].Vectors, 1, (float)weights[i, 0]);
        }

        return start;
    }

    /// <summary>The combination of vectors with this Gram matrix that comes nearest to one with these products.</summary>
    private static double[,] Nearest(double[,] gram, double[,] products)
    {
        // The ridge keeps points that lie on a line (early, smooth training) from cancelling each other with huge weights.
        var ridge = 1e-2 * Enumerable.Range(0, gram.GetLength(0)).Average(i => gram[i, i]) + double.Epsilon;
        return SmallMatrix.Product(new SmallSymmetric(gram).Map(value => 1 / (value + ridge)), products);
    }

    /// <summary>The orthogonal matrix nearest to <paramref name="overlaps"/>, M (MᵀM)^(−½).</summary>
    private static double[,] Rotation(double[,] overlaps)
    {
        var transposed = new double[overlaps.GetLength(1), overlaps.GetLength(0)];
        for (var i = 0; i < overlaps.GetLength(0); i++)
        {
            for (var j = 0; j < overlaps.GetLength(1); j++)
            {
                transposed[j, i] = overlaps[i, j];
            }
        }

        var squared = new SmallSymmetric(SmallMatrix.Product(transposed, overlaps));
        return SmallMatrix.Product(overlaps, squared.Map(value => 1 / Math.Sqrt(Math.Max(value, 1e-12))));
    }

    /// <summary>An eigenvector's sign is arbitrary: the one nearest to the last block; at first the largest component is positive.</summary>
    public Tensor SignsContinued(Tensor vectors)
    {
        var products = IsEmpty
            ? vectors.gather(1, vectors.abs().argmax(1, keepdim: true))
            : vectors.mm(_frames[0].Vectors.t()).gather(1, vectors.mm(_frames[0].Vectors.t()).abs().argmax(1, keepdim: true));
        return vectors * where(products.lt(0), -ones_like(products), ones_like(products));
    }

    /// <summary>Releases the vectors that were kept.</summary>
    public void Dispose() => Forget(0);

    private void Forget(int keep)
    {
        foreach (var frame in _frames.Skip(keep))
        {
            frame.Vectors.Dispose();
            frame.Point?.Dispose();
        }

        _frames.RemoveRange(Math.Min(keep, _frames.Count), Math.Max(0, _frames.Count - keep));
    }

    private sealed record Frame(Tensor Vectors, Tensor? Point);
}
