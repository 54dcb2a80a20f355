using CsCheck;
using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>A matrix that is known by some of its products, against the matrix itself.</summary>
public sealed class ProjectedMatrixTests
{
    private const int Size = 5;

    private static readonly Gen<Matrix> Symmetric = Gen.Double[-3, 3].Array[Size * Size].Select(entries =>
    {
        var half = Matrix.Of(Size, Size, entries);
        return 0.5 * (half + half.Transpose());
    });

    [Fact]
    public void The_matrix_is_symmetric_and_exact_where_evaluated_and_predicted_elsewhere() =>
        Gen.Select(Symmetric, Symmetric, Symmetric, Gen.Int[0, Size]).Sample((truth, prediction, frame, evaluated) =>
        {
            // The eigenvectors of a third matrix: directions of no meaning to either.
            var directions = new SymmetricEigen(frame).Vectors;
            var matrix = Known(truth, prediction, directions[..evaluated]).ProductsWith(Matrix.Identity(Size)).Total;

            AssertClose(matrix.Transpose(), matrix);
            for (var i = 0; i < Size; i++)
            {
                var direction = directions[i..(i + 1)];
                var known = i < evaluated ? truth : prediction;
                var across = (i < evaluated ? Matrix.Identity(Size) : directions[evaluated..]).Transpose();
                AssertClose(direction * known * across, direction * matrix * across);
            }
        }, threads: 1);

    [Fact]
    public void Ritz_values_of_evaluated_directions_are_lower_bounds_and_unevaluated_pairs_are_orthogonal_to_them() =>
        Gen.Select(Symmetric, Symmetric, Gen.Int[1, Size - 1]).Sample((truth, frame, evaluated) =>
        {
            var known = Known(truth, truth, new SymmetricEigen(frame).Vectors[..evaluated]);

            var exact = new SymmetricEigen(truth).Values;
            Assert.Equal(evaluated, known.MatVecs);
            Assert.Equal(Size - evaluated, known.Unevaluated.Count);
            Assert.All(known.Evaluated.Values.Zip(exact), pair => Assert.True(pair.First <= pair.Second + 1e-12));
            Assert.All(known.Unevaluated, pair => AssertClose(Matrix.Zeros(1, evaluated), pair.Vector * known.Directions.Transpose()));
            Assert.All(known.Ritz.Values.Zip(exact), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
        }, threads: 1);

    [Fact]
    public void A_new_basis_vector_keeps_what_was_known_and_adds_only_the_given_overlaps() =>
        Gen.Select(Symmetric, Symmetric, Symmetric, Gen.Int[0, Size]).Sample((truth, prediction, frame, evaluated) =>
        {
            var known = Known(truth, prediction, new SymmetricEigen(frame).Vectors[..evaluated]);
            var (products, predictions) = (Matrix.Of(1, evaluated, [.. frame.Row(0)[..evaluated]]), frame[1..2]);
            var wider = known.Expand(products, predictions, new RitzAge(0, 0.5));

            Assert.Equal(Size + 1, wider.Size);
            AssertClose(known.ProductsWith(Matrix.Identity(Size)).Total, wider.ProductsWith(Matrix.Identity(Size + 1)).Total[..Size, ..Size]);
            AssertClose(Matrix.HStack(known.Products, products.Transpose()), wider.Products);
            AssertClose(Matrix.Zeros(1, 1), wider.ProductsWith(Matrix.Identity(Size + 1)[Size..]).Total[.., Size..]);
            Assert.Equal(0.5, wider.AgesOf(Matrix.Identity(Size + 1)[Size..])[0].Drift);
        }, threads: 1);

    [Fact]
    public void Evaluated_directions_have_age_zero_and_others_the_mean_of_their_parts()
    {
        RitzAge[] ages = [.. Enumerable.Range(0, Size).Select(i => new RitzAge(i, 0.1 * i))];
        var known = new ProjectedMatrix(Matrix.Identity(Size), ages).Evaluate(Matrix.Identity(Size)[4..], Matrix.Identity(Size)[4..], drift: 0.7);

        var found = known.AgesOf(Matrix.Of(2, Size, [0, 0, 0, 0, 1, 0, 0.6, 0.8, 0, 0]));

        Assert.Equal(new RitzAge(0, 0.7), found[0]);
        Assert.Equal((0.36 * 1) + (0.64 * 2), found[1].Age, 1e-14);
        Assert.Equal((0.36 * 0.1) + (0.64 * 0.2), found[1].Drift, 1e-14);
    }

    /// <summary>A prediction of which the products with <paramref name="directions"/> were evaluated.</summary>
    private static ProjectedMatrix Known(Matrix truth, Matrix prediction, Matrix directions) => Enumerable.Range(0, directions.Rows)
        .Select(i => directions[i..(i + 1)])
        .Aggregate(new ProjectedMatrix(prediction, new RitzAge[Size]), (known, direction) => known.Evaluate(direction, direction * truth, drift: 0));

    private static void AssertClose(Matrix expected, Matrix actual) =>
        Assert.All(expected.Entries.ToArray().Zip(actual.Entries.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-11));
}
