using CsCheck;
using LossSpikes.Monitors.Eigen;

namespace LossSpikes.Tests.Monitors.Eigen;

/// <summary>The model of a matrix of which some products were seen, against that matrix.</summary>
public sealed class SubspaceModelTests
{
    private const int Size = 5;

    private static readonly Gen<double[,]> Symmetric = Gen.Double[-3, 3].Array[Size * Size].Select(entries =>
    {
        var matrix = new double[Size, Size];
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                matrix[i, j] = matrix[j, i] = entries[(i * Size) + j];
            }
        }

        return matrix;
    });

    [Fact]
    public void It_agrees_with_what_was_seen_is_symmetric_and_is_else_the_prediction() =>
        Gen.Select(Symmetric, Symmetric, Symmetric, Gen.Int[0, Size]).Sample((truth, prediction, frame, looks) =>
        {
            // The eigenvectors of a third matrix: directions of no meaning to either.
            var directions = new SmallSymmetric(frame).Vectors;
            var model = new SubspaceModel(prediction, new Sighting[Size]);
            for (var i = 0; i < looks; i++)
            {
                var direction = SmallMatrix.Rows(directions, i, 1);
                model.Look(direction, SmallMatrix.Product(direction, truth), drift: 0);
            }

            var matrix = model.ProductsOf(SmallMatrix.Identity(Size)).Whole;
            AssertClose(SmallMatrix.Transposed(matrix), matrix);
            for (var i = 0; i < Size; i++)
            {
                var direction = SmallMatrix.Rows(directions, i, 1);
                var known = i < looks ? truth : prediction;
                var across = SmallMatrix.Transposed(i < looks ? SmallMatrix.Identity(Size) : SmallMatrix.Rows(directions, looks, Size - looks));
                AssertClose(SmallMatrix.Product(SmallMatrix.Product(direction, known), across), SmallMatrix.Product(SmallMatrix.Product(direction, matrix), across));
            }
        }, threads: 1);

    [Fact]
    public void Ritz_values_of_what_was_seen_are_lower_bounds_and_those_beside_it_are_told_apart() =>
        Gen.Select(Symmetric, Symmetric, Gen.Int[1, Size - 1]).Sample((truth, frame, looks) =>
        {
            var directions = new SmallSymmetric(frame).Vectors;
            var model = new SubspaceModel(truth, new Sighting[Size]);
            for (var i = 0; i < looks; i++)
            {
                var direction = SmallMatrix.Rows(directions, i, 1);
                model.Look(direction, SmallMatrix.Product(direction, truth), drift: 0);
            }

            var exact = new SmallSymmetric(truth).Values;
            Assert.Equal(Size - looks, model.Unseen.Count);
            Assert.All(model.Seen.Values.Zip(exact), pair => Assert.True(pair.First <= pair.Second + 1e-12));
            Assert.All(model.Unseen, pair => AssertClose(new double[1, looks], SmallMatrix.Product(pair.Vector, SmallMatrix.Transposed(model.Directions))));
            Assert.All(model.Ritz.Values.Zip(exact), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
        }, threads: 1);

    private static void AssertClose(double[,] expected, double[,] actual) =>
        Assert.All(expected.Cast<double>().Zip(actual.Cast<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-11));
}
