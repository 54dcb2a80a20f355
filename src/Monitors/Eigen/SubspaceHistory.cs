using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>How large a matrix is, as far as a tracker knows: at its last update, and at its last cold start, which sees the whole spectrum.</summary>
/// <param name="Largest">The largest eigenvalue at the last update.</param>
/// <param name="ColdLargest">The magnitude of the largest eigenvalue at the cold start.</param>
/// <param name="ColdNorm">A lower bound of the norm there.</param>
/// <param name="ColdAsymmetry">The largest |x·A·y − y·A·x| seen there, relative to the norm.</param>
internal readonly record struct MatrixSize(double Largest, double ColdLargest, double ColdNorm, double ColdAsymmetry)
{
    /// <summary>
    /// A lower bound of the norm at the last update. Adam's P grows by orders of magnitude in its first steps, and the matrix shrinks: the norm of the
    /// cold start shrinks with it.
    /// </summary>
    public double Norm => ColdNorm * Math.Min(1, ColdLargest > 0 ? Math.Abs(Largest) / ColdLargest : 1);
}

/// <summary>
/// The blocks of eigenvectors of the last two updates, with what is known of their products and the points at which they were found: what an
/// update is extrapolated from.
/// </summary>
/// <remarks>
/// At the edge of stability, where the sharpness is near the optimizer's threshold, the iterates alternate between two sides of a valley,
/// and eigenvectors with them. The next point is then close
/// to the one before the last, and the extrapolation weight close to one.
/// </remarks>
internal sealed class SubspaceHistory(TrackerSettings settings) : IDisposable
{
    private Snapshot? _last, _before;

    /// <summary>Whether nothing is known, so that the next update must start from scratch.</summary>
    public bool IsEmpty => _last is null;

    /// <summary>The sizes of the matrix at the last update.</summary>
    public MatrixSize Size => _last!.Size;

    /// <summary>Takes a block over and remembers where it was found.</summary>
    /// <param name="block">Vectors and their products, as far as known, shape [2, rows, d].</param>
    /// <param name="ages">The age of each product.</param>
    /// <param name="size">The sizes of the matrix there.</param>
    /// <param name="point">Shape [d], which is copied.</param>
    /// <param name="scale">The diagonal of E where the matrix was E·A·E, shape [d], which is copied; null for E = I.</param>
    public void Add(Tensor block, RitzAge[] ages, MatrixSize size, Tensor point, Tensor? scale)
    {
        _before?.Dispose();
        (_before, _last) = (_last, new Snapshot(
            block.DetachFromDisposeScope(), ages, size, point.clone().DetachFromDisposeScope(), scale?.clone().DetachFromDisposeScope()));
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _last?.Dispose();
        _before?.Dispose();
        (_last, _before) = (null, null);
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose() => Clear();

    /// <summary>
    /// The block X and its products Y at <paramref name="point"/>, extrapolated linearly: (1 − w)·last + w·before, with the weight w for which
    /// the same combination of the last two points comes nearest to <paramref name="point"/>, shrunk by a ridge and clamped. A row whose age would
    /// exceed <see cref="TrackerSettings.MaxExtrapolatedAge"/> keeps w = 0. Both blocks are first written in the coordinates of <paramref name="scale"/>.
    /// </summary>
    /// <param name="point">Shape [d].</param>
    /// <param name="scale">The diagonal of E there, shape [d]; null for E = I.</param>
    /// <returns>X and Y, shape [2, rows, d], orthonormal only to first order in the changes between updates; and the age of each row of Y.</returns>
    public (Tensor Block, RitzAge[] Ages) Extrapolate(Tensor point, Tensor? scale)
    {
        using var scope = NewDisposeScope();
        using var oldest = _before; // not needed any more afterwards, and as large as what the update is about to make
        _before = null;
        var last = _last!.In(scale);
        var rows = last.Ages.Length;
        RitzAge[] ages = [.. last.Ages.Select(a => a with { Age = a.Age + 1 })];
        if (oldest?.In(scale) is not { } before || before.Ages.Length != rows)
        {
            return (last.Block.clone().MoveToOuterDisposeScope(), ages);
        }

        var weight = Weight(point, last.Point, before.Point);
        // Eigenvectors of close eigenvalues are defined only up to a rotation: rotate the older block onto the last one (Procrustes).
        var rotation = SymmetricEigen.PolarFactor(Matrix.From(last.Vectors.mm(before.Vectors.t())));
        var weights = new double[rows];
        for (var i = 0; i < rows; i++)
        {
            var extrapolated = 1 + (Math.Abs(1 - weight) * last.Ages[i].Age) + (Math.Abs(weight) * RitzAge.Mean(rotation.Row(i), before.Ages).Age);
            if (extrapolated <= settings.MaxExtrapolatedAge)
            {
                (weights[i], ages[i]) = (weight, ages[i] with { Age = extrapolated });
            }
        }

        var share = Matrix.Of(rows, 1, weights).ToTensor(last.Block);
        var block = (rotation - Matrix.Identity(rows)).Largest < settings.MinAlignedRotation
            ? last.Block.lerp(before.Block, share)
            : rotation.ToTensor(last.Block).expand(2, -1, -1).bmm(before.Block).lerp_(last.Block, ones_like(share) - share);
        return (block.MoveToOuterDisposeScope(), ages);
    }

    /// <summary>Rows with the signs of the latest block, or with the largest component positive where there is none.</summary>
    public Tensor AlignSigns(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var overlaps = _last is null ? vectors : vectors.mm(_last.Vectors.t());
        var largest = overlaps.gather(1, overlaps.abs().argmax(1, keepdim: true));
        return (vectors * where(largest.lt(Scalar(0)), -ones_like(largest), ones_like(largest))).MoveToOuterDisposeScope();
    }

    /// <summary>What the history holds, by name; owned by the history.</summary>
    public Dictionary<string, Tensor> State =>
        NamedState.Add("last.", _last?.State ?? []).Concat(NamedState.Add("before.", _before?.State ?? [])).ToDictionary();

    /// <summary>Continues from a <see cref="State"/>; the tensors are copied. What is incomplete, from an earlier version perhaps, is left out.</summary>
    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        Clear();
        foreach (var name in new[] { "before.", "last." })
        {
            var part = NamedState.Part(name, state);
            if (part.TryGetValue("block", out var block) && part.TryGetValue("point", out var point) && part.TryGetValue("numbers", out var numbers)
                && NamedState.Numbers(numbers) is [var largest, var coldLargest, var norm, var asymmetry, .. var ages])
            {
                RitzAge[] read = [.. ages.Chunk(2).Select(pair => new RitzAge(pair[0], pair[1]))];
                Add(block.clone(), read, new MatrixSize(largest, coldLargest, norm, asymmetry), point, part.GetValueOrDefault("scale"));
            }
        }
    }

    /// <summary>w = b·(point − last) / ((1 + ridge)·b·b) with b = before − last, clamped; 0 where the points coincide.</summary>
    private double Weight(Tensor point, Tensor last, Tensor before)
    {
        using var scope = NewDisposeScope();
        var back = before - last;
        var dots = Matrix.From(stack([back, point - last]).mv(back).unsqueeze(0));
        var (square, along) = (dots[0, 0], dots[0, 1]);
        var limit = settings.MaxExtrapolationWeight;
        return square > 0 ? Math.Clamp(along / ((1 + settings.ExtrapolationRidge) * square), -limit, limit) : 0;
    }

    private sealed record Snapshot(Tensor Block, RitzAge[] Ages, MatrixSize Size, Tensor Point, Tensor? Scale) : IDisposable
    {
        /// <summary>The vectors of the block, shape [rows, d].</summary>
        public Tensor Vectors => Block[0];

        /// <summary>All of it, by name.</summary>
        public Dictionary<string, Tensor> State
        {
            get
            {
                double[] numbers = [Size.Largest, Size.ColdLargest, Size.ColdNorm, Size.ColdAsymmetry, .. Ages.SelectMany(a => new[] { a.Age, a.Drift })];
                var state = new Dictionary<string, Tensor> { ["block"] = Block, ["point"] = Point, ["numbers"] = NamedState.Exact(numbers) };
                return Scale is null ? state : new(state) { ["scale"] = Scale };
            }
        }

        /// <summary>
        /// The same in the coordinates of another E. An eigenvector x of E·A·E stands for the direction E·x in the space of A, and its product y for
        /// A·E·x = E⁻¹·y. Both change less than E does, and with A unchanged the products are still exact.
        /// </summary>
        public Snapshot In(Tensor? scale)
        {
            if (Scale is null || scale is null)
            {
                return this;
            }

            using var scope = NewDisposeScope();
            var vectors = Vectors * Quotient(Scale, scale);
            var lengths = vectors.norm(1, keepdim: true);
            lengths = lengths.where(lengths > Scalar(0), ones_like(lengths));
            return this with { Block = stack([vectors / lengths, Block[1] * Quotient(scale, Scale) / lengths]).MoveToOuterDisposeScope() };
        }

        public void Dispose()
        {
            Block.Dispose();
            Point.Dispose();
            Scale?.Dispose();
        }

        /// <summary>a/b, and 0 where b is 0: there the matrix has no entries.</summary>
        private static Tensor Quotient(Tensor a, Tensor b) => (a / b).nan_to_num(0, 0, 0);
    }
}
