using LossSpikes.Lab.Optimizers;
using LossSpikes.Monitors;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Checks;

/// <summary>
/// The largest step size at which each optimizer still converges on a quadratic, by bisection of its real trajectories, against the
/// step size at which the threshold T(η) equals the largest eigenvalue.
/// </summary>
internal sealed class ThresholdCheck : ITheoryCheck
{
    private const double Tolerance = 1e-3, Precision = 1e-5;
    private const int Dimension = 6, Half = 400;

    // Where averages have forgotten their start: bias corrections are 1.
    private const long LateStep = 1_000_000;

    // So near the minimum that g² adds nothing to a second moment of order one.
    private const double Near = 1e-12, Far = 1e-6;

    private static readonly (string Name, OptimizerSettings Settings)[] Optimizers =
    [
        ("gd", new GradientDescentSettings { LearningRate = 1 }),
        ("gd, weight decay 2", new GradientDescentSettings { LearningRate = 1, WeightDecay = 2 }),
        ("momentum 0.9", new MomentumSettings { LearningRate = 1 }),
        ("momentum 0.9, nesterov", new MomentumSettings { LearningRate = 1, Nesterov = true }),
        ("ema_momentum 0.9", new EmaMomentumSettings { LearningRate = 1 }),
        ("rmsprop, frozen P", new RmsPropSettings { LearningRate = 1 }),
        ("adam, frozen P", new AdamSettings { LearningRate = 1 }),
        ("adam, frozen P, weight decay 2", new AdamSettings { LearningRate = 1, WeightDecay = 2 }),
        ("adamw, frozen P, weight decay 0.2", new AdamWSettings { LearningRate = 1, WeightDecay = 0.2 }),
    ];

    public string Name => "thresholds";

    public string Description => "the largest stable learning rate of each optimizer on a quadratic, by bisection, against its formula";

    public IReadOnlyList<CheckRow> Run() => [.. Optimizers.Select(o => Measure(o.Name, o.Settings))];

    private static CheckRow Measure(string name, OptimizerSettings settings)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var (axes, _) = linalg.qr(randn([Dimension, Dimension], dtype: ScalarType.Float64, generator: generator));
        var hessian = (axes * tensor([0.5, 1, 2, 5, 9, 16])).mm(axes.t());
        var start = randn([Dimension], dtype: ScalarType.Float64, generator: generator) * Scalar(Near);
        var secondMoment = rand([Dimension], dtype: ScalarType.Float64, generator: generator).Plus(Scalar(0.1));

        var (stable, unstable) = (0.0, 1.0);
        while (IsStable(unstable))
        {
            (stable, unstable) = (unstable, 2 * unstable);
        }

        while (unstable - stable > Precision * unstable)
        {
            var middle = (stable + unstable) / 2;
            (stable, unstable) = IsStable(middle) ? (middle, unstable) : (stable, middle);
        }

        return new CheckRow($"largest stable η of {name}", (stable + unstable) / 2, Predicted(), Tolerance);

        bool IsStable(double learningRate)
        {
            using var inner = NewDisposeScope();
            using var optimizer = (settings with { LearningRate = learningRate }).Create();
            return Converges(optimizer, hessian, start, secondMoment, settings.Preconditioned);
        }

        // η with T(η) = S, S being that of every η. T·η is constant but for decoupled decay, so the iteration ends at once or converges fast.
        double Predicted()
        {
            using var optimizer = settings.Create();
            var edge = Frozen(optimizer, start, hessian, secondMoment, settings.Preconditioned).Edge;
            var sharpness = LargestEigenvalue(edge, hessian);
            return Enumerable.Range(0, 60).Aggregate(settings.LearningRate, (rate, _) => rate * settings.ThresholdAt(rate).Value / sharpness);
        }
    }

    /// <summary>
    /// Beyond the edge the iterates grow along one direction in the end, below it they shrink: the second half of a path decides.
    /// </summary>
    private static bool Converges(IOptimizer optimizer, Tensor hessian, Tensor start, Tensor secondMoment, bool frozen)
    {
        var (point, atHalf) = (start.clone(), 0.0);
        for (var step = 0; step < 2 * Half; step++)
        {
            using var scope = NewDisposeScope();
            point.copy_(Frozen(optimizer, point, hessian, secondMoment, frozen).Point);
            var length = point.norm().item<double>();
            if (length > Far)
            {
                return false;
            }

            atHalf = step < Half ? length : atHalf;
        }

        return point.norm().item<double>() < atHalf;
    }

    /// <summary>An update with a second moment, where the optimizer has one, that is set back to the same value before every step.</summary>
    private static Update Frozen(IOptimizer optimizer, Tensor point, Tensor hessian, Tensor secondMoment, bool frozen)
    {
        if (frozen)
        {
            optimizer.Restore(new OptimizerState { FirstMoment = optimizer.State.FirstMoment, SecondMoment = secondMoment });
        }

        return optimizer.Next(LateStep, point, hessian.mv(point));
    }

    private static double LargestEigenvalue(StabilityEdge edge, Tensor hessian)
    {
        // Dense and by definition, not by the operators under test: the eigenvalues of P⁻¹(H + λI).
        var shifted = hessian.Plus(Scalar(edge.WeightDecay) * eye(Dimension, dtype: ScalarType.Float64));
        var matrix = edge.Preconditioner is { } p ? shifted / p.unsqueeze(1) : shifted;
        return linalg.eigvals(matrix).real.max().item<double>();
    }
}
