using LossSpikes.Monitors.Tensors;
using static TorchSharp.torch;

namespace LossSpikes.Tests.Monitors.Hook;

/// <summary>Hessians by central differences of the gradients that a loss's own backward pass gives: nothing of the library is used but its generator.</summary>
internal static class DenseReference
{
    /// <summary>The Hessian of a float64 loss by the parameters, shape [d, d]. The parameters and their gradients are put back.</summary>
    public static Tensor Hessian(IReadOnlyList<Tensor> parameters, Func<Tensor> loss, double h = 1e-4)
    {
        using var scope = NewDisposeScope();
        var random = KeepAlive.DefaultGenerator.get_state();
        var point = Flat(parameters.Select(p => p.detach()));
        var d = point.shape[0];
        var rows = new List<Tensor>();
        for (long i = 0; i < d; i++)
        {
            using var inner = NewDisposeScope();
            var shift = zeros(d, dtype: ScalarType.Float64);
            shift[i] = h;
            var row = (8 * (Gradient(point + shift) - Gradient(point - shift)) - Gradient(point + 2 * shift) + Gradient(point - 2 * shift)) / (12 * h);
            rows.Add(row.MoveToOuterDisposeScope());
        }

        Move(point);
        KeepAlive.DefaultGenerator.set_state(random);
        var dense = stack(rows);
        return ((dense + dense.t()) / 2).MoveToOuterDisposeScope();

        Tensor Gradient(Tensor at)
        {
            Move(at);
            KeepAlive.DefaultGenerator.set_state(random);
            var before = parameters.Select(p => p.grad).ToArray();
            foreach (var p in parameters)
            {
                p.grad = null;
            }

            loss().backward();
            var gradient = Flat(parameters.Select(p => p.grad is { } g ? g.is_sparse ? g.to_dense() : g : zeros_like(p)));
            foreach (var (p, g) in parameters.Zip(before))
            {
                p.grad = g;
            }

            return gradient;
        }

        void Move(Tensor at)
        {
            using var frozen = no_grad();
            long from = 0;
            foreach (var p in parameters)
            {
                p.copy_(at.narrow(0, from, p.numel()).reshape(p.shape));
                from += p.numel();
            }
        }
    }

    /// <summary>The eigenvalues of a symmetric matrix, largest first.</summary>
    public static double[] Eigenvalues(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        return [.. linalg.eigvalsh(matrix).flip(0).data<double>()];
    }

    /// <summary>One vector of all entries.</summary>
    public static Tensor Flat(IEnumerable<Tensor> tensors) => cat([.. tensors.Select(t => t.reshape(-1).to(ScalarType.Float64)), zeros(0, ScalarType.Float64)]);
}
