using LossSpikes.Monitors.Curvature;
using static LossSpikes.Monitors.Eigen.SmallMatrix;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// A few vectors, predictions of an operator's products with them, and the products that were made. Vectors are kept in the
/// operator's dtype; what is computed with them happens in the coordinates of a <see cref="SubspaceModel"/>.
/// </summary>
internal sealed class PredictedSubspace : IDisposable
{
    // Where in the rest of the spectrum a residual may point: a share of the lowest value in the block.
    private const double BulkShare = 0.3;

    // The furthest that a vector is turned by its residual alone, without a product.
    private const double LongestTurn = 0.3;

    // A vector that keeps less than this share of its length beside the others adds rounding, not news.
    private const double SmallestShare = 1e-3;

    private readonly ILinearOperator _operation;
    private readonly Tensor _predictions;
    private readonly double[,] _turn; // from the rows as they came to the coordinates
    private readonly double[,] _overlaps; // of the coordinates with the rows
    private readonly double _bulk;
    private Tensor _rows, _products;

    /// <summary>Takes the span of a block of vectors.</summary>
    /// <param name="operation">The matrix.</param>
    /// <param name="block">Vectors near its eigenvectors and predictions of their products, shape [2, rows, d].</param>
    /// <param name="sightings">When these were seen.</param>
    public PredictedSubspace(ILinearOperator operation, Tensor block, Sighting[] sightings)
    {
        _operation = operation;
        using var scope = NewDisposeScope();
        var rows = sightings.Length;
        var overlaps = Read(block[0].mm(block.view(2 * rows, -1).t()));
        var gram = new SmallSymmetric(Columns(overlaps, 0, rows));
        var kept = gram.Values.Count(square => square > SmallestShare * SmallestShare * gram.Values[0]);
        var orthonormal = gram.Scaled(kept, square => 1 / Math.Sqrt(square));
        // Row i: the coordinates of the prediction for row i.
        var predicted = Transposed(Product(Product(orthonormal, Columns(overlaps, rows, rows)), Transposed(orthonormal)));
        var ritz = new SmallSymmetric(predicted);
        _bulk = kept == 0 ? 0 : BulkShare * ritz.Values[^1];
        _turn = Product(ritz.Vectors, orthonormal);
        _overlaps = Product(_turn, Columns(overlaps, 0, rows));
        (_rows, _predictions) = (block[0].DetachFromDisposeScope(), block[1].DetachFromDisposeScope());
        _products = block[0].narrow(0, 0, 0).clone().DetachFromDisposeScope();
        Model = new SubspaceModel(Product(Product(ritz.Vectors, predicted), Transposed(ritz.Vectors)), [.. Enumerable.Range(0, kept).Select(i => Sighting.Of(Rows(_turn, i, 1).Cast<double>(), sightings))]);
    }

    /// <summary>What is known, in coordinates.</summary>
    public SubspaceModel Model { get; }

    /// <summary>Makes the product with a direction.</summary>
    /// <param name="direction">Its part in the subspace, one row of coordinates.</param>
    /// <param name="outside">Its part outside, shape [1, d], which makes the subspace wider; null for none.</param>
    /// <param name="drift">How fast its value moves, given what it is; null where that is not known.</param>
    /// <returns>Whether there was anything in it that had not been seen.</returns>
    /// <exception cref="ArithmeticException">The product is not finite.</exception>
    public bool Look(double[,] direction, Tensor? outside = null, Func<double, double>? drift = null)
    {
        using var scope = NewDisposeScope();
        if (outside is not null && Widen(outside) is { } length)
        {
            direction = Padded(direction, 0, 1);
            direction[0, Model.Size - 1] = length;
        }

        if (Unit(direction) is not { } unit)
        {
            return false;
        }

        var product = _operation.Apply(Vectors(unit));
        var coordinates = Coordinates(product);
        if (!coordinates.Cast<double>().All(double.IsFinite))
        {
            throw new ArithmeticException("a product with the matrix is not finite");
        }

        Replace(ref _products, cat([_products, product]));
        var value = Product(unit, Transposed(coordinates))[0, 0];
        Model.Look(unit, coordinates, drift?.Invoke(value) ?? Sighting.New.Drift);
        return true;
    }

    /// <summary>Vectors given in coordinates, as rows.</summary>
    public Tensor Vectors(double[,] coordinates) => Combination(Within(coordinates));

    /// <summary><paramref name="vectors"/>, rows of coordinates, each with the sign of the row of the block that it has most of.</summary>
    public double[,] Oriented(double[,] vectors)
    {
        var overlaps = Product(Columns(vectors, 0, _turn.GetLength(0)), _overlaps);
        var oriented = (double[,])vectors.Clone();
        for (var i = 0; i < vectors.GetLength(0); i++)
        {
            if (Rows(overlaps, i, 1).Cast<double>().MaxBy(Math.Abs) < 0)
            {
                for (var j = 0; j < vectors.GetLength(1); j++)
                {
                    oriented[i, j] *= -1;
                }
            }
        }

        return oriented;
    }

    /// <summary>A·x − θ·x for each Ritz pair of what was seen.</summary>
    public SeenResiduals Residuals()
    {
        using var scope = NewDisposeScope();
        var pairs = Model.Seen;
        var along = Product(pairs.Vectors, Model.Products);
        var outside = Combination((pairs.Vectors, _products), Within(Negative(along)));
        var lengths = Lengths(outside);
        var vectors = Product(pairs.Vectors, Model.Directions);
        for (var i = 0; i < along.GetLength(0); i++)
        {
            for (var j = 0; j < along.GetLength(1); j++)
            {
                along[i, j] -= pairs.Values[i] * vectors[i, j];
            }
        }

        return new SeenResiduals(outside.MoveToOuterDisposeScope(), lengths, along);
    }

    /// <summary>From <paramref name="value"/> to where in the rest of the spectrum a residual outside the subspace is guessed to point.</summary>
    public double Gap(double value) => value - _bulk;

    /// <summary>
    /// The first Ritz vectors of the model, each turned by what its residual says (a step of Davidson 1975 that costs no
    /// product), and what is known of their products: shape [2, rows, d], and when that was seen.
    /// </summary>
    public (Tensor Block, Sighting[] Sightings) Carry(int rows)
    {
        using var scope = NewDisposeScope();
        var ritz = Model.Ritz;
        var vectors = Oriented(Rows(ritz.Vectors, 0, rows));
        var parts = Model.ProductsOf(vectors);
        var outside = Combination(
            (parts.Seen, _products),
            (Product(Columns(parts.Predicted, 0, _turn.GetLength(0)), _turn), _predictions),
            Within(Sum(parts.Symmetry, parts.Whole, -1)));
        var lengths = Lengths(outside);
        var turns = new double[2 * rows, rows];
        for (var i = 0; i < rows; i++)
        {
            var shortest = Math.Max(lengths[i] / LongestTurn, 1e-3 * Math.Abs(ritz.Values[0]));
            turns[i, i] = 1 / Math.Max(Gap(ritz.Values[i]), shortest + double.Epsilon);
            turns[rows + i, i] = 1 + (turns[i, i] * _bulk);
        }

        var block = Combination(Within(Stacked(vectors, parts.Whole)), (turns, outside));
        return (block.view(2, rows, -1).MoveToOuterDisposeScope(), Model.SightingsOf(vectors));
    }

    public void Dispose()
    {
        _rows.Dispose();
        _predictions.Dispose();
        _products.Dispose();
    }

    /// <summary>Takes a direction outside the subspace into it; its length, or null where it was rounding.</summary>
    private double? Widen(Tensor outside)
    {
        var length = Lengths(outside)[0];
        var fresh = outside / Scalar(Math.Max(length, double.Epsilon));
        var (shares, rows) = Within(Negative(Coordinates(fresh)));
        fresh.addmm_(Write(shares, rows), rows, 1, 1);
        var left = Lengths(fresh)[0];
        if (!(left > 0.5))
        {
            return null; // it was not outside
        }

        fresh /= Scalar(left);
        Model.Widen([.. Read(fresh.mm(_products.t())).Cast<double>()], [.. Product(Read(fresh.mm(_predictions.t())), Transposed(_turn)).Cast<double>()]);
        Replace(ref _rows, cat([_rows, fresh]));
        return length;
    }

    /// <summary>What <paramref name="direction"/> has beside all that was seen, at length one; null where that is nothing.</summary>
    private double[,]? Unit(double[,] direction)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var length = Math.Sqrt(direction.Cast<double>().Sum(x => x * x));
            direction = Sum(direction, Product(Product(direction, Transposed(Model.Directions)), Model.Directions), -1);
            var left = Math.Sqrt(direction.Cast<double>().Sum(x => x * x));
            if (!(left > SmallestShare * length))
            {
                return null;
            }

            direction = Sum(direction, direction, (1 / left) - 1);
        }

        return direction;
    }

    /// <summary>What rows of length d have along the basis.</summary>
    private double[,] Coordinates(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var overlaps = Read(vectors.mm(_rows.t()));
        var (given, added) = (_turn.GetLength(1), overlaps.GetLength(1) - _turn.GetLength(1));
        return Beside(Product(Columns(overlaps, 0, given), Transposed(_turn)), Columns(overlaps, given, added));
    }

    /// <summary>Vectors given in coordinates, as shares of the rows.</summary>
    private (double[,] Shares, Tensor Rows) Within(double[,] coordinates)
    {
        var kept = _turn.GetLength(0);
        return (Beside(Product(Columns(coordinates, 0, kept), _turn), Columns(coordinates, kept, coordinates.GetLength(1) - kept)), _rows);
    }

    /// <summary>Σ shares · rows.</summary>
    private static Tensor Combination(params ReadOnlySpan<(double[,] Shares, Tensor Rows)> parts)
    {
        using var scope = NewDisposeScope();
        var sum = Write(parts[0].Shares, parts[0].Rows).mm(parts[0].Rows);
        foreach (var (shares, rows) in parts[1..])
        {
            sum.addmm_(Write(shares, rows), rows, 1, 1);
        }

        return sum.MoveToOuterDisposeScope();
    }

    private static double[] Lengths(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return [.. rows.norm(1, p: 2f).to(ScalarType.Float64).cpu().data<double>()];
    }

    private static void Replace(ref Tensor old, Tensor with)
    {
        old.Dispose();
        old = with.DetachFromDisposeScope();
    }
}
