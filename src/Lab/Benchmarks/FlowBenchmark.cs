using LossSpikes.Monitors.Flows;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>What a step of the central flow costs at the edge of stability, in products and in gradients.</summary>
internal sealed class FlowBenchmark : IBenchmark
{
    private const int Approach = 500, Rounds = 20;

    public string Name => "flow";

    public string Description => $"a step of the central flow of 64-100-100-10 on 1,000 digits after {Approach} steps of gradient descent, one thread";

    public IEnumerable<BenchRow> Run()
    {
        using var scope = NewDisposeScope();
        var training = TrainingCase.Digits;
        using var objective = training.Start();
        for (var step = 0; step < Approach; step++)
        {
            using var inner = NewDisposeScope();
            using var derivatives = objective.Evaluate(curvature: false);
            objective.SetParameters(objective.GetParameters() - Scalar(training.LearningRate) * derivatives.Gradient);
        }

        using var flow = new CentralFlow(objective, new FlowRule(training.LearningRate));
        List<FlowStep> steps = [];
        var times = Timing.Medians(Rounds, () => objective.Evaluate(curvature: false).Dispose(), () => steps.Add(flow.Advance()));
        var settled = steps.Skip(Rounds / 2).ToList();
        yield return BenchRow.Of("eigenvalues at the edge", settled.Average(s => s.Modes), "");
        yield return BenchRow.Of("HVPs of a step", settled.Average(s => s.HessianProducts), "");
        yield return BenchRow.Of("third derivatives of a step", settled.Average(s => s.ThirdDerivatives), "");
        yield return BenchRow.Of("step / gradient", times[1] / times[0], "");
    }
}
