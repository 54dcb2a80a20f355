using LossSpikes.Lab.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Trajectories;

/// <summary>Gradient descent at many learning rates at once: B rows of one tensor, one backward pass per step.</summary>
internal static class BatchedDescent
{
    private const int RowsAtATime = 1024;

    /// <summary>
    /// Walks θ ← θ − η∇f(θ) from <paramref name="start"/> with every learning rate. Cost: <paramref name="steps"/> gradients of
    /// B rows and one loss per point; memory B·(n + 1)·d numbers.
    /// </summary>
    /// <returns>One trajectory per learning rate, in their order.</returns>
    /// <exception cref="ArgumentException">The start has another number of parameters than the formula.</exception>
    public static Trajectory[] Walk(IBatchedFunction formula, double[] start, IReadOnlyList<double> learningRates, int steps)
    {
        using var scope = NewDisposeScope();
        var eta = tensor(learningRates.ToArray()).unsqueeze(1);
        using var batch = new ToyObjective(formula, tensor(start).expand(learningRates.Count, start.Length));
        var path = empty(learningRates.Count, steps + 1, start.Length, dtype: ScalarType.Float64);
        var points = batch.GetParameters().view(-1, start.Length);
        path.select(1, 0).copy_(points);
        for (var step = 1; step <= steps; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = batch.Evaluate(curvature: false);
            var next = path.select(1, step - 1) - eta * derivatives.Gradient.view(-1, start.Length);

            // A row ends as a whole: one component may overflow while another continues.
            next = where(next.isfinite().all(1, keepdim: true), next, double.NaN);
            path.select(1, step).copy_(next);
            batch.SetParameters(next.reshape(-1));
        }

        var losses = Losses(formula, path.view(-1, start.Length)).view(learningRates.Count, -1);
        return [.. learningRates.Select((rate, row) => new Trajectory(rate, Series(path[row]), losses[row].data<double>().ToArray()))];
    }

    private static Tensor Losses(IBatchedFunction formula, Tensor points)
    {
        using var _ = no_grad();
        return cat([.. points.split(RowsAtATime).Select(rows =>
        {
            using var inner = NewDisposeScope();
            return formula.Losses(rows).MoveToOuterDisposeScope();
        })]);
    }

    /// <summary>The columns of a [n + 1, d] tensor.</summary>
    private static double[][] Series(Tensor points) =>
        [.. Enumerable.Range(0, (int)points.shape[1]).Select(j => points.select(1, j).contiguous().data<double>().ToArray())];
}
