using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Batches;

/// <summary>f(θ) = (1/n) Σ ½(θ − c_i)ᵀA_i(θ − c_i): each example has a Hessian A_i and a minimum c_i of its own.</summary>
internal sealed class QuadraticSum : IFiniteSum
{
    private readonly Tensor _point;
    private readonly bool _whole;
    private readonly AutogradObjective _objective;

    public QuadraticSum(int examples, int dimension, int seed)
    {
        var random = new Random(seed);
        Matrices = [.. Enumerable.Range(0, examples).Select(_ => Positive(random, dimension))];
        Centres = [.. Enumerable.Range(0, examples).Select(_ => Numbers(random, dimension))];
        _point = tensor(Numbers(random, dimension)).requires_grad_().DetachFromDisposeScope();
        _whole = true;
        _objective = Sum();
    }

    private QuadraticSum(QuadraticSum whole, IReadOnlyList<long> examples)
    {
        Matrices = [.. examples.Select(i => whole.Matrices[(int)i])];
        Centres = [.. examples.Select(i => whole.Centres[(int)i])];
        _point = whole._point;
        _objective = Sum();
    }

    public IReadOnlyList<double[,]> Matrices { get; }

    public IReadOnlyList<double[]> Centres { get; }

    public double[] Point => [.. _point.data<double>()];

    public long Examples => Matrices.Count;

    public long Dimension => _objective.Dimension;

    public double LossScale => 0;

    public ScalarType DataType => ScalarType.Float64;

    public Device Device => CPU;

    /// <summary>Gradient and Hessian of some examples, by loops.</summary>
    public (double[] Gradient, double[,] Hessian) Dense(IReadOnlyList<int> examples)
    {
        var d = (int)Dimension;
        var (gradient, hessian, point) = (new double[d], new double[d, d], Point);
        foreach (var e in examples)
        {
            for (var i = 0; i < d; i++)
            {
                for (var j = 0; j < d; j++)
                {
                    hessian[i, j] += Matrices[e][i, j] / examples.Count;
                    gradient[i] += Matrices[e][i, j] * (point[j] - Centres[e][j]) / examples.Count;
                }
            }
        }

        return (gradient, hessian);
    }

    public IObjective Over(IReadOnlyList<long> examples) => new QuadraticSum(this, examples);

    public Tensor GetParameters() => _objective.GetParameters();

    public void SetParameters(Tensor point) => _objective.SetParameters(point);

    public IDerivatives Evaluate(bool curvature) => _objective.Evaluate(curvature);

    public double EvaluateLoss() => _objective.EvaluateLoss();

    public void Dispose()
    {
        if (_whole)
        {
            _point.Dispose();
        }
    }

    private AutogradObjective Sum() => new([_point], () =>
    {
        var sum = zeros(1, dtype: ScalarType.Float64);
        foreach (var (matrix, centre) in Matrices.Zip(Centres))
        {
            var away = (_point - tensor(centre)).unsqueeze(1);
            sum = sum.Plus(away.t().mm(tensor(matrix)).mm(away).sum() * KeepAlive.Scalar(0.5 / Matrices.Count));
        }

        return new LossTerm(sum.sum());
    });

    private static double[,] Positive(Random random, int d)
    {
        var (root, matrix) = (Enumerable.Range(0, d).Select(_ => Numbers(random, d)).ToArray(), new double[d, d]);
        for (var i = 0; i < d; i++)
        {
            for (var j = 0; j < d; j++)
            {
                matrix[i, j] = Enumerable.Range(0, d).Sum(k => root[i][k] * root[j][k]) + (i == j ? 0.5 : 0);
            }
        }

        return matrix;
    }

    private static double[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)];
}
