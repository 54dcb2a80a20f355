using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>Symmetric 60 × 60 matrices in float64 whose spectra are known, at points on a straight line.</summary>
internal sealed class SyntheticSequence : IMatrixSequence
{
    private const int Dimension = 60;

    private readonly int _seed, _steps;
    private readonly Func<Func<int, (Tensor Basis, Tensor Spectrum)>> _create;

    private SyntheticSequence(string name, int seed, int steps, Func<Func<int, (Tensor Basis, Tensor Spectrum)>> create) =>
        (Name, _seed, _steps, _create) = (name, seed, steps, create);

    public string Name { get; }

    /// <summary>
    /// Three eigenvalues 10 + sin(ωt + φ), with ω between 0.05 and 0.2, cross each other and the bulk below 6 does not move; the
    /// eigenvectors are fixed, so that a tracker of one pair sees nothing of what comes. 200 steps.
    /// </summary>
    public static SyntheticSequence Crossings(int seed) => new($"crossings, seed {seed}", seed, 200, () =>
    {
        var random = new Random(seed);
        var basis = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q;
        var swings = Enumerable.Range(0, 3).Select(_ => (Speed: 0.05 + (0.15 * random.NextDouble()), Start: 6 * random.NextDouble())).ToArray();
        return step =>
        {
            var spectrum = linspace(-3, 6, Dimension, ScalarType.Float64);
            double[] top = [.. swings.Select(swing => 10 + Math.Sin((swing.Speed * step) + swing.Start))];
            spectrum.narrow(0, 20, 3).copy_(tensor(top));
            return (basis, spectrum);
        };
    });

    /// <summary>
    /// Eigenvalues above a normal bulk move along straight lines to other values, crossing each other, while all eigenvectors rotate. 61 steps.
    /// </summary>
    /// <param name="seed">Of everything random.</param>
    /// <param name="count">Eigenvalues above the bulk.</param>
    /// <param name="rotation">Rotation of the eigenvectors in a step, about radians.</param>
    /// <param name="clustered">Whether the eigenvalues are 8 ± 0.02 and not between 5 and 10.</param>
    public static SyntheticSequence Drifting(int seed, int count, double rotation, bool clustered) =>
        new($"{(clustered ? "cluster" : "drifting")}, seed {seed}", seed, 61, () =>
        {
            var basis = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64)).Q;
            var skew = randn([Dimension, Dimension], dtype: ScalarType.Float64);
            var turn = linalg.matrix_exp((skew - skew.t()) * Scalar(rotation / Math.Sqrt(Dimension)));
            var bulk = randn([Dimension - count], dtype: ScalarType.Float64);
            var (from, to) = (Top(), Top());
            return step =>
            {
                basis = step == 0 ? basis : turn.mm(basis).MoveToOuterDisposeScope();
                return (basis, cat([bulk, (from * Scalar(1 - step / 60.0)).Plus(to * Scalar(step / 60.0))]));
            };

            Tensor Top() => clustered
                ? (Scalar(0.02) * randn([count], dtype: ScalarType.Float64)).Plus(Scalar(8))
                : (Scalar(5) * rand([count], dtype: ScalarType.Float64)).Plus(Scalar(5));
        });

    public void Run(MatrixVisitor visit)
    {
        using var scope = NewDisposeScope();
        manual_seed(_seed);
        var at = _create();
        var way = ones(Dimension, dtype: ScalarType.Float64);
        for (var step = 0; step < _steps; step++)
        {
            using var inner = NewDisposeScope();
            var (basis, spectrum) = at(step);
            visit(
                new MatrixOperator(basis.mm(spectrum.diag()).mm(basis.t())),
                Scalar(step) * way,
                [.. spectrum.sort(descending: true).Values.data<double>()]);
        }
    }
}
