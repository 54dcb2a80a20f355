using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Monitors.Sharpness;

/// <summary>
/// The curvature layer by layer, or by groups of parameters: the share Σu_i² of each reported eigenvector, λ₁ of the layer's own block, and the norms
/// of its parts of gradient and update.
/// </summary>
/// <remarks>
/// <para>u is the unit vector in the coordinates of θ: under a preconditioner the share says how much of the movement of θ along the eigenvector is in
/// the layer, not how much of the eigenvector of the symmetric matrix is. λ₁ of a block is that of the matrix whose largest eigenvalue is S, so that it
/// compares with T; it is at most S.</para>
/// <para>Cost: about two HVPs for each layer, from the second measured step on; 15–30 at the first, and at an audit.</para>
/// </remarks>
/// <param name="blocks">The layers.</param>
/// <param name="options">How many eigenvalues are reported, and how exactly.</param>
internal sealed class LayerCurvature(IReadOnlyList<ParameterBlock> blocks, MonitorOptions options) : IStepMeasurement
{
    private readonly IReadOnlyList<EigenTracker> _trackers = [.. blocks.Select(_ => new EigenTracker(1, options.Guards, options.Tolerance))];

    public string Name => "layers";

    public IReadOnlyList<Column> Columns { get; } = [.. LayerColumns.Of([.. blocks.Select(b => b.Name)], options.Eigenvalues)];

    public IEnumerable<KeyValuePair<string, Tensor>> State => _trackers.SelectMany((t, i) => NamedState.Add(Prefix(i), t.State));

    public Measurement Measure(Measurement seen, MeasurementPoint point)
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, double>(seen.Further);
        var matrix = point.Edge.Matrix(new HessianOperator(point.Derivatives));
        var (products, converged) = (0, true);
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            double[] shares = [.. block.Take(point.Directions).to(ScalarType.Float64).Squared().sum(1L).cpu().data<double>()];
            for (var rank = 1; rank <= shares.Length; rank++)
            {
                values[LayerColumns.Share(rank, block.Name)] = shares[rank - 1];
            }

            var pairs = Largest(_trackers[i], new BlockOperator(matrix, block), block.Take(point.Parameters.unsqueeze(0))[0], point.FromScratch, i);
            (products, converged) = (products + pairs.MatVecs, converged && pairs.Converged[0]);
            values[LayerColumns.Sharpness(block.Name)] = pairs.Values[0];
            values[LayerColumns.Gradient(block.Name)] = Norm(block, point.Derivatives.Gradient);
            if (point.Update is { } update)
            {
                values[LayerColumns.Update(block.Name)] = Norm(block, update);
            }
        }

        return seen with { Further = values, Converged = seen.Converged && converged, HessianProducts = seen.HessianProducts + products };
    }

    public void Restore(IReadOnlyDictionary<string, Tensor> state)
    {
        for (var i = 0; i < _trackers.Count; i++)
        {
            _trackers[i].Restore(NamedState.Part(Prefix(i), state));
        }
    }

    public void Dispose()
    {
        foreach (var tracker in _trackers)
        {
            tracker.Dispose();
        }
    }

    private Eigenpairs Largest(EigenTracker tracker, BlockOperator matrix, Tensor point, bool fromScratch, int seed) => fromScratch || tracker.IsEmpty
        ? tracker.Adopt(tracker.FromScratch(matrix, options.Seed + seed), matrix, point)
        : tracker.Update(matrix, point);

    private static double Norm(ParameterBlock block, Tensor vector) => FlatVector.Norm(block.Take(vector.unsqueeze(0)));

    private static string Prefix(int block) => FormattableString.Invariant($"{block}.");
}
