using static LossSpikes.Monitors.Eigen.SmallMatrix;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// What is known of a symmetric matrix on a small subspace, in orthonormal coordinates and float64: its products with some directions,
/// which were seen, and a prediction of the others.
/// </summary>
/// <remarks>
/// The model agrees with what was seen and is symmetric; beyond that it is the prediction (Powell's symmetric Broyden update, for
/// several directions at once; Dennis and Schnabel 1983, ch. 9).
/// </remarks>
internal sealed class SubspaceModel
{
    private double[,] _predicted; // row i: the coordinates of the predicted product with basis vector i
    private Sighting[] _sightings; // of the predictions
    private Sighting[] _seen = []; // of the directions
    private SmallSymmetric? _ritz;

    /// <summary>Nothing has been seen yet.</summary>
    /// <param name="predicted">Row i: the coordinates of the predicted product with basis vector i.</param>
    /// <param name="sightings">When what each prediction rests on was seen.</param>
    public SubspaceModel(double[,] predicted, Sighting[] sightings)
    {
        (_predicted, _sightings) = (predicted, sightings);
        (Directions, Products) = (new double[0, sightings.Length], new double[0, sightings.Length]);
        (Seen, Unseen) = (new SmallSymmetric(Directions), BesideSeen());
    }

    /// <summary>How many coordinates there are.</summary>
    public int Size => _sightings.Length;

    /// <summary>How many directions were seen.</summary>
    public int Looks => Directions.GetLength(0);

    /// <summary>The directions that were seen: orthonormal rows.</summary>
    public double[,] Directions { get; private set; }

    /// <summary>The products with them, as far as they lie in the subspace.</summary>
    public double[,] Products { get; private set; }

    /// <summary>Ritz pairs of what was seen alone, in coordinates of <see cref="Directions"/>: true lower bounds.</summary>
    public SmallSymmetric Seen { get; private set; }

    /// <summary>Ritz pairs of the prediction beside what was seen, largest first.</summary>
    public IReadOnlyList<PredictedPair> Unseen { get; private set; }

    /// <summary>Ritz pairs of the whole model.</summary>
    public SmallSymmetric Ritz => _ritz ??= new SmallSymmetric(ProductsOf(Identity(Size)).Whole);

    /// <summary>Adds a coordinate for a new basis vector, of whose own product nothing is known: it is taken for zero.</summary>
    /// <param name="alongProducts">Its overlaps with the products that were seen.</param>
    /// <param name="alongPredictions">And with those that were predicted at first.</param>
    public void Widen(double[] alongProducts, double[] alongPredictions)
    {
        (_predicted, _sightings) = (Padded(_predicted, 1, 1), [.. _sightings, Sighting.New]);
        (Directions, Products) = (Padded(Directions, 0, 1), Padded(Products, 0, 1));
        for (var i = 0; i < alongPredictions.Length; i++)
        {
            _predicted[i, Size - 1] = alongPredictions[i];
        }

        for (var i = 0; i < Looks; i++)
        {
            Products[i, Size - 1] = alongProducts[i];
        }
    }

    /// <summary>Takes note of a product.</summary>
    /// <param name="direction">One row of length one, beside all that were seen before.</param>
    /// <param name="product">What it gave, one row.</param>
    /// <param name="drift">How fast its value moves.</param>
    public void Look(double[,] direction, double[,] product, double drift)
    {
        _seen = [.. _seen, new Sighting(0, drift)];
        (Directions, Products) = (Stacked(Directions, direction), Stacked(Products, product));
        (Seen, _ritz) = (new SmallSymmetric(Product(Products, Transposed(Directions))), null);
        Unseen = BesideSeen();
    }

    /// <summary>What is known of the products with <paramref name="vectors"/>, rows of coordinates.</summary>
    /// <returns>
    /// Their shares of the products that were seen and of the basis vectors, whose products are predicted; what symmetry adds to
    /// these predictions; and the coordinates of the whole.
    /// </returns>
    public (double[,] Seen, double[,] Predicted, double[,] Symmetry, double[,] Whole) ProductsOf(double[,] vectors)
    {
        var (seen, predicted) = Split(vectors);
        var prediction = Product(predicted, _predicted);
        var symmetry = Product(Sum(Product(predicted, Transposed(Products)), Product(prediction, Transposed(Directions)), -1), Directions);
        return (seen, predicted, symmetry, Sum(Sum(Product(seen, Products), prediction), symmetry));
    }

    /// <summary>When what is known of the products with <paramref name="vectors"/>, rows of coordinates, was seen.</summary>
    public Sighting[] SightingsOf(double[,] vectors)
    {
        var (seen, predicted) = Split(vectors);
        var shares = Beside(seen, predicted);
        return [.. Enumerable.Range(0, vectors.GetLength(0)).Select(i => Sighting.Of(Rows(shares, i, 1).Cast<double>(), _seen.Concat(_sightings)))];
    }

    private (double[,] Seen, double[,] Predicted) Split(double[,] vectors)
    {
        var seen = Product(vectors, Transposed(Directions));
        return (seen, Sum(vectors, Product(seen, Directions), -1));
    }

    private PredictedPair[] BesideSeen()
    {
        var across = Split(Identity(Size)).Predicted;
        var rest = Product(Product(across, _predicted), across);
        // What was seen goes to the end of the spectrum.
        var far = 1 + (2 * rest.Cast<double>().Sum(Math.Abs));
        var pairs = new SmallSymmetric(Sum(rest, Product(Transposed(Directions), Directions), -far));
        var vectors = Rows(pairs.Vectors, 0, Size - Looks);
        var sightings = SightingsOf(vectors);
        return [.. Enumerable.Range(0, Size - Looks).Select(i => new PredictedPair(pairs.Values[i], Rows(vectors, i, 1), sightings[i]))];
    }
}
