using LossSpikes.Lab.Data;
using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>A network that is trained by full-batch gradient descent.</summary>
/// <param name="Data">Loads the examples.</param>
/// <param name="Hidden">Widths of its hidden tanh layers.</param>
/// <param name="LearningRate">η.</param>
/// <param name="Steps">Updates made.</param>
/// <param name="ReferenceEvery">Steps from one reference of λ₁ to the next.</param>
/// <param name="Threads">Threads of the arithmetic.</param>
/// <param name="Spikes">Spikes after which a run ends early.</param>
/// <param name="DataType">The dtype of network and examples.</param>
internal sealed record TrainingCase(
    Func<DataSet> Data, IReadOnlyList<int> Hidden, double LearningRate, int Steps, int ReferenceEvery, int Threads, int Spikes = int.MaxValue,
    ScalarType DataType = ScalarType.Float32)
{
    private const int Chunk = 8192; // all at once

    /// <summary>64-100-100-10 on a thousand digits: experiments/edge-of-stability.yaml.</summary>
    public static TrainingCase Digits { get; } = new(() => new DigitsSettings { Examples = 1000 }.Load(), [100, 100], 0.1, 8000, 20, 1, Spikes: 50);

    /// <summary>3072-200-200-10 on five thousand enlarged digits, on all cores: some hundred steps up to the edge of stability, and as many beyond.</summary>
    public static TrainingCase Wide { get; } = new(() => EnlargedDigits.Load(5000), [200, 200], 0.1, 400, 10, Environment.ProcessorCount);

    /// <summary>The run of experiments/explanation.yaml, which crosses the threshold once on its way.</summary>
    public static TrainingCase Chebyshev { get; } = new(
        () => new ChebyshevSettings { Degree = 3, Points = 20 }.Load(), [100], 0.085, 1600, 20, 1, DataType: ScalarType.Float64);

    /// <summary>The objective at its starting point, the same every time.</summary>
    public NetworkObjective Start()
    {
        set_num_threads(Threads);
        manual_seed(0);
        var model = new MlpSettings { Hidden = Hidden, Activation = Activation.Tanh };
        return new NetworkObjective(Data(), model, LossFunction.Mse, Chunk, DataType, CPU);
    }

    /// <summary>Multiplications and additions of a gradient and of a Hessian–vector product, which passes each layer twice in either direction.</summary>
    public (double Gradient, double Product) Operations()
    {
        using var data = Data();
        var n = (double)data.Inputs.shape[0];
        double[] widths = [data.Inputs.numel() / n, .. Hidden, data.Classes!.Value];
        var weights = widths.Zip(widths.Skip(1), (from, to) => from * to).ToArray();
        var (first, rest) = (n * weights[0], n * weights[1..].Sum());

        // The examples do not move and need no derivative: of the first layer, half is left.
        return (4 * first + 6 * rest, 4 * first + 12 * rest);
    }
}
