using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>The Hessians of a network that full-batch gradient descent trains into the edge of stability.</summary>
/// <param name="Data">The examples.</param>
/// <param name="Model">The network.</param>
/// <param name="Loss">The loss.</param>
/// <param name="EdgeShare">Sharpness at the start as a share of the threshold: η is this times 2/λ₁.</param>
/// <param name="Seed">Of the initial weights.</param>
internal sealed record NetworkSequence(DataSettings Data, MlpSettings Model, LossFunction Loss, double EdgeShare, int Seed) : IMatrixSequence
{
    private const int Chunk = 8192; // all at once
    private const double ReferenceTolerance = 1e-6;

    // Of one pair alone, the second may be found, where the random start vector is nearly orthogonal to the first.
    private const int ReferencePairs = 3;

    /// <summary>Updates made.</summary>
    public int Steps { get; init; } = 300;

    /// <summary>Steps from one reference to the next: a cold Lanczos run. Null for the dense Hessian at every step.</summary>
    public int? ReferenceEvery { get; init; }

    /// <summary>The floating-point type of the parameters.</summary>
    public ScalarType DataType { get; init; } = ScalarType.Float64;

    public string Name => FormattableString.Invariant(
        $"{Model.Activation} {string.Join('-', Model.Hidden)}, {Loss}, η = {EdgeShare}·2/λ₁ of the start, seed {Seed}").ToLowerInvariant();

    public void Run(MatrixVisitor visit)
    {
        using var scope = NewDisposeScope();
        manual_seed(Seed);
        using var objective = new NetworkObjective(Data.Load(), Model, Loss, Chunk, DataType, CPU);
        var learningRate = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = objective.Evaluate(curvature: true);
            if (!derivatives.Gradient.isfinite().all().item<bool>())
            {
                return; // it diverged
            }

            var (matrix, truth) = Hessian(derivatives, step);
            learningRate = step == 0 ? EdgeShare * 2 / truth[0] : learningRate;
            var point = objective.GetParameters();
            visit(matrix, point, truth);
            objective.SetParameters(point - Scalar(learningRate) * derivatives.Gradient);
        }
    }

    private (ILinearOperator Matrix, IReadOnlyList<double> Truth) Hessian(IDerivatives derivatives, int step)
    {
        var hessian = new HessianOperator(derivatives);
        if (ReferenceEvery is not { } every)
        {
            var dense = DenseMatrix.Of(hessian);
            return (new MatrixOperator(dense), [.. linalg.eigvalsh(dense).flip(0).data<double>()]);
        }

        if (step % every != 0)
        {
            return (hessian, []);
        }

        using var pairs = Lanczos.Largest(hessian, ReferencePairs, ReferenceTolerance, seed: 1);
        return (hessian, pairs.Values);
    }
}
