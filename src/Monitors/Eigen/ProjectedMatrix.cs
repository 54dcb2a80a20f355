using static LossSpikes.Monitors.Eigen.Matrix;

namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// What is known of a symmetric matrix A projected on a search subspace, in orthonormal coordinates and float64: a predicted matrix B, nearly
/// symmetric, corrected by the products with A that were evaluated. Immutable; <see cref="SearchSubspace"/> owns the current one.
/// </summary>
/// <remarks>
/// Vectors are rows. Let the rows of D be the orthonormal directions that were evaluated and P = D·A their products. Of a vector
/// x = e·D + u with u ⊥ D, the product is e·P + u·B + (u·Pᵀ − u·B·Dᵀ)·D: exact on D, symmetric as far as B is, and otherwise the prediction. This is
/// the Powell–symmetric–Broyden (PSB) update of B for several secant equations at once (Dennis and Schnabel 1983, Numerical Methods for
/// Unconstrained Optimization, ch. 9).
/// </remarks>
/// <param name="predicted">B, shape [n, n]: row i holds the predicted product with coordinate vector i.</param>
/// <param name="predictedAges">The age of each of these products.</param>
/// <param name="directions">D, shape [m, n].</param>
/// <param name="products">P, shape [m, n].</param>
/// <param name="evaluatedAges">The age of each row of P.</param>
internal sealed class ProjectedMatrix(Matrix predicted, RitzAge[] predictedAges, Matrix directions, Matrix products, RitzAge[] evaluatedAges)
{
    private SymmetricEigen? _evaluated, _ritz;
    private RitzPair[]? _unevaluated;

    /// <summary>A prediction of which nothing was evaluated yet.</summary>
    /// <param name="predicted">B, shape [n, n].</param>
    /// <param name="ages">The age of each of its rows.</param>
    public ProjectedMatrix(Matrix predicted, RitzAge[] ages)
        : this(predicted, ages, Zeros(0, ages.Length), Zeros(0, ages.Length), [])
    {
    }

    /// <summary>n, the dimension of the subspace.</summary>
    public int Size => predicted.Rows;

    /// <summary>How many products were evaluated.</summary>
    public int MatVecs => Directions.Rows;

    /// <summary>D, shape [<see cref="MatVecs"/>, n]: the evaluated directions, orthonormal rows.</summary>
    public Matrix Directions => directions;

    /// <summary>P, shape [<see cref="MatVecs"/>, n]: the part of their products that lies in the subspace.</summary>
    public Matrix Products => products;

    /// <summary>
    /// Ritz pairs of A on the evaluated directions alone: by Cauchy interlacing, each value is a lower bound of the eigenvalue of its rank.
    /// The vectors are coefficients of the rows of <see cref="Directions"/>.
    /// </summary>
    public SymmetricEigen Evaluated => _evaluated ??= new SymmetricEigen(Products * Directions.Transpose());

    /// <summary>The largest |x·A·y − y·A·x| for evaluated directions x and y.</summary>
    public double Asymmetry
    {
        get
        {
            var entries = Products * Directions.Transpose();
            return (entries - entries.Transpose()).Largest;
        }
    }

    /// <summary>Ritz pairs of the prediction on the complement of <see cref="Directions"/>, largest first.</summary>
    public IReadOnlyList<RitzPair> Unevaluated => _unevaluated ??= ComplementPairs();

    /// <summary>Ritz pairs of the whole, evaluated and predicted.</summary>
    public SymmetricEigen Ritz => _ritz ??= new SymmetricEigen(ProductsWith(Identity(Size)).Total);

    /// <summary>
    /// With one coordinate more, for a new basis vector. Nothing is known of its product, which is taken for zero until a direction that
    /// contains the vector is evaluated. Eigenproblems use the symmetric part of the matrix.
    /// </summary>
    /// <param name="productOverlaps">Overlaps of the basis vector with the evaluated products, shape [1, <see cref="MatVecs"/>].</param>
    /// <param name="predictionOverlaps">Overlaps with the predicted products, shape [1, n].</param>
    /// <param name="age">The age of its row of the prediction.</param>
    public ProjectedMatrix Expand(Matrix productOverlaps, Matrix predictionOverlaps, RitzAge age) => new(
        HStack(predicted, predictionOverlaps.Transpose()).Padded(1, 0),
        [.. predictedAges, age],
        Directions.Padded(0, 1),
        HStack(Products, productOverlaps.Transpose()),
        evaluatedAges);

    /// <summary>With one evaluated product more.</summary>
    /// <param name="direction">Its direction, one unit row, orthogonal to <see cref="Directions"/>.</param>
    /// <param name="product">The product, one row.</param>
    /// <param name="drift">Relative prediction error of its Ritz value per √update.</param>
    public ProjectedMatrix Evaluate(Matrix direction, Matrix product, double drift) => new(
        predicted, predictedAges, VStack(Directions, direction), VStack(Products, product), [.. evaluatedAges, new RitzAge(0, drift)]);

    /// <summary>What is known of the products of A with rows x = e·D + u.</summary>
    /// <returns>e; u; the correction (u·Pᵀ − u·B·Dᵀ)·D of the coupling between both parts; the product in total.</returns>
    public (Matrix Evaluated, Matrix Unevaluated, Matrix Symmetry, Matrix Total) ProductsWith(Matrix vectors)
    {
        var (evaluated, unevaluated) = Split(vectors);
        var prediction = unevaluated * predicted;
        var symmetry = (unevaluated * Products.Transpose() - prediction * Directions.Transpose()) * Directions;
        return (evaluated, unevaluated, symmetry, evaluated * Products + prediction + symmetry);
    }

    /// <summary>The age of what is known of the product with each row.</summary>
    public RitzAge[] AgesOf(Matrix vectors)
    {
        var (evaluated, unevaluated) = Split(vectors);
        var coefficients = HStack(evaluated, unevaluated);
        RitzAge[] ages = [.. evaluatedAges, .. predictedAges];
        return [.. Enumerable.Range(0, vectors.Rows).Select(i => RitzAge.Mean(coefficients.Row(i), ages))];
    }

    /// <summary>e and u of rows e·D + u.</summary>
    private (Matrix Evaluated, Matrix Unevaluated) Split(Matrix vectors)
    {
        var evaluated = vectors * Directions.Transpose();
        return (evaluated, vectors - evaluated * Directions);
    }

    private RitzPair[] ComplementPairs()
    {
        var complement = Split(Identity(Size)).Unevaluated; // the projector on it
        var projected = complement * predicted * complement;
        // A shift that is larger than any eigenvalue sends the evaluated directions to the end of the spectrum.
        var shift = 1 + (2 * projected.Norm);
        var pairs = new SymmetricEigen(projected - shift * (Directions.Transpose() * Directions));
        var vectors = pairs.Vectors[..(Size - MatVecs)];
        var ages = AgesOf(vectors);
        return [.. ages.Select((age, i) => new RitzPair(pairs.Values[i], vectors[i..(i + 1)], age))];
    }
}

/// <summary>A Ritz pair of the prediction.</summary>
/// <param name="Value">The predicted Ritz value.</param>
/// <param name="Vector">Its unit vector, one row of coordinates.</param>
/// <param name="Age">The age of the products that it rests on.</param>
internal sealed record RitzPair(double Value, Matrix Vector, RitzAge Age);

/// <summary>How stale a predicted product is.</summary>
/// <param name="Age">Updates since it was evaluated; a weighted mean or sum where products were combined, so not a whole number.</param>
/// <param name="Drift">
/// Prediction error of its Ritz value, relative to the value found, per √update, as it was when it was last evaluated: errors of
/// predictions add up as the steps of
/// a random walk do.
/// </param>
internal readonly record struct RitzAge(double Age, double Drift)
{
    /// <summary>Of a linear combination Σ c_i·x_i: the mean with weights c_i².</summary>
    public static RitzAge Mean(ReadOnlySpan<double> coefficients, ReadOnlySpan<RitzAge> ages)
    {
        var (age, drift) = (0.0, 0.0);
        for (var i = 0; i < coefficients.Length; i++)
        {
            var weight = coefficients[i] * coefficients[i];
            age += weight * ages[i].Age;
            drift += weight * ages[i].Drift;
        }

        return new(age, drift);
    }
}
