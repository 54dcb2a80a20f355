using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using LossSpikes.Monitors.Eigen;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>
/// How many HVPs the eigenvalue tracker needs, and how accurate λ₁ is, on many short sequences at once: what its settings were chosen by. One pair
/// is tracked, at the default tolerance and without audits.
/// </summary>
/// <param name="Settings">The settings that are measured.</param>
/// <param name="Progress">Receives a line for each sequence.</param>
internal sealed record TrackerBenchmark(TrackerSettings Settings, TextWriter Progress) : IBenchmark
{
    private const double AcceptedError = 1e-3;

    private static readonly Activation[] Activations = [Activation.Tanh, Activation.Gelu, Activation.Relu];

    // The sharpness at the start, as shares of the threshold, from which nearly all of the networks reach the edge of stability within their
    // steps. With cross entropy it rises much further than with mse.
    private static readonly double[] SmallMse = [0.6, 0.8], SmallCrossEntropy = [0.15, 0.25], MediumMse = [0.8, 0.9, 1], MediumCrossEntropy = [0.06, 0.1, 0.14];

    public string Name => "tracker";

    public string Description => "the eigenvalue tracker on 24 small and 18 medium networks and 20 synthetic sequences, one thread; --set changes its settings";

    public bool OnRequest => true;

    public IEnumerable<BenchRow> Run()
    {
        set_num_threads(1);
        return Rows("small networks", [.. SmallNetworks()])
            .Concat(Rows("medium networks, mse", [.. MediumNetworks(LossFunction.Mse)]))
            .Concat(Rows("medium networks, cross entropy", [.. MediumNetworks(LossFunction.CrossEntropy)]))
            .Concat(Rows("synthetic sequences", [.. SyntheticSequences()]));
    }

    private IEnumerable<BenchRow> Rows(string group, IReadOnlyList<IMatrixSequence> sequences)
    {
        var (matVecs, errors) = (new List<int>(), new List<double>());
        foreach (var (i, sequence) in sequences.Index())
        {
            Progress.WriteLine($"{group}, {i + 1} of {sequences.Count}: {sequence.Name}");
            Track(sequence, matVecs, errors);
        }

        yield return BenchRow.Of($"{group}: HVPs per step", matVecs.Average(), "");
        var off = errors.Count(error => !(error <= AcceptedError)); // NaN too
        yield return BenchRow.Of($"{group}: λ₁ off by > {AcceptedError:G1} ({errors.Count} judged)", 100.0 * off / errors.Count, "% of steps");
        yield return BenchRow.Of($"{group}: largest relative error of λ₁", errors.Max(), "");
    }

    /// <summary>Adds the HVPs of every update but the first, which is a cold start, and the relative error of λ₁ wherever it is known.</summary>
    private void Track(IMatrixSequence sequence, List<int> matVecs, List<double> errors)
    {
        using var tracker = new EigenTracker(1, settings: Settings);
        var first = true;
        sequence.Run((matrix, point, truth) =>
        {
            using var pairs = tracker.Update(matrix, point);
            if (!first)
            {
                matVecs.Add(pairs.MatVecs);
                errors.AddRange(truth.Take(1).Select(value => Math.Abs(pairs.Values[0] - value) / Math.Abs(value)));
            }

            first = false;
        });
    }

    /// <summary>2 losses × 3 activations × 2 learning rates × 2 seeds, with 61 or 93 parameters, in float64.</summary>
    private static IEnumerable<NetworkSequence> SmallNetworks() =>
        from problem in new (LossFunction Loss, DataSettings Data, double[] Shares)[]
        {
            (LossFunction.Mse, new ChebyshevSettings { Degree = 4, Points = 20 }, SmallMse),
            (LossFunction.CrossEntropy, new GaussianClustersSettings { Examples = 40, Classes = 3, Dimension = 4, Separation = 1 }, SmallCrossEntropy),
        }
        from activation in Activations
        from share in problem.Shares
        from seed in Enumerable.Range(0, 2)
        select new NetworkSequence(problem.Data, new MlpSettings { Hidden = [6, 6], Activation = activation }, problem.Loss, share, seed);

    /// <summary>3 activations × 3 learning rates, 64-32-32-10 with 3,466 parameters on 200 digits, in float32.</summary>
    private static IEnumerable<NetworkSequence> MediumNetworks(LossFunction loss) =>
        from activation in Activations
        from share in loss == LossFunction.Mse ? MediumMse : MediumCrossEntropy
        select new NetworkSequence(new DigitsSettings { Examples = 200 }, new MlpSettings { Hidden = [32, 32], Activation = activation }, loss, share, 0)
        {
            Steps = 200,
            ReferenceEvery = 5,
            DataType = ScalarType.Float32,
        };

    private static IEnumerable<SyntheticSequence> SyntheticSequences() =>
    [
        .. Enumerable.Range(0, 10).Select(SyntheticSequence.Crossings),
        .. Enumerable.Range(10, 5).Select(seed => SyntheticSequence.Drifting(seed, 3, 0.02, clustered: false)),
        .. Enumerable.Range(15, 5).Select(seed => SyntheticSequence.Drifting(seed, 6, 0.02, clustered: true)),
    ];
}
