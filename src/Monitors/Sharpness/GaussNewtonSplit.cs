using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Monitors;

/// <summary>
/// The split H = G + R along each reported eigenvector: uᵀGu of the Gauss–Newton matrix and uᵀRu of the rest, which holds the second derivatives of
/// the network. Under a preconditioner it is that of Λ^½P^(−½)HP^(−½)Λ^½ along its own eigenvector, so that the two sum to λ; what weight decay adds
/// to λ is in neither. Empty where the loss is not known as one of the outputs of a network. Cost: an HVP and a product with G for each
/// eigenvector, counted as two HVPs.
/// </summary>
/// <param name="eigenvalues">k, how many eigenvalues are reported.</param>
public sealed class GaussNewtonSplit(int eigenvalues) : IStepMeasurement
{
    private const string Curvature = "loss/θ²";

    /// <inheritdoc/>
    public string Name => "gauss_newton";

    /// <inheritdoc/>
    public IReadOnlyList<Column> Columns { get; } =
    [
        .. Enumerable.Range(1, eigenvalues).Select(i => Column.Further(GaussNewton(i), Curvature)),
        .. Enumerable.Range(1, eigenvalues).Select(i => Column.Further(Rest(i), Curvature)),
    ];

    /// <inheritdoc/>
    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        try
        {
            using var scope = NewDisposeScope();
            var (gauss, rest) = Along(point.Edge.Eigenvectors(point.Directions), point.Derivatives, point.Edge);
            var values = new Dictionary<string, double>(seen.Further);
            for (var i = 1; i <= gauss.Length; i++)
            {
                (values[GaussNewton(i)], values[Rest(i)]) = (gauss[i - 1], rest[i - 1]);
            }

            return seen with { Further = values, HessianProducts = seen.HessianProducts + 2 * gauss.Length };
        }
        catch (DifferentiationException)
        {
            return seen; // no network, and the columns stay empty
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>wᵀEGEw and wᵀERw for every row w, E what the edge scales by.</summary>
    /// <param name="eigenvectors">w, shape [k, d], unit vectors in the coordinates of <see cref="StabilityEdge.Matrix"/>.</param>
    /// <param name="derivatives">With curvature.</param>
    /// <param name="edge">The edge.</param>
    /// <exception cref="DifferentiationException">f is not known as a loss of the outputs of a network.</exception>
    public static (double[] Gauss, double[] Others) Along(Tensor eigenvectors, IDerivatives derivatives, StabilityEdge edge)
    {
        using var scope = NewDisposeScope();
        var moved = edge.Scaled(eigenvectors);
        var gauss = Forms(derivatives.GaussNewton(moved));
        return (gauss, [.. Forms(derivatives.Hvp(moved)).Zip(gauss, (whole, part) => whole - part)]);

        double[] Forms(Tensor products) => [.. (moved * products).to(ScalarType.Float64).sum(1L).cpu().data<double>()];
    }

    private static string GaussNewton(int rank) => FormattableString.Invariant($"gauss_newton_{rank}");

    private static string Rest(int rank) => FormattableString.Invariant($"rest_{rank}");
}
