using LossSpikes.Lab.Models;
using LossSpikes.Lab.Objectives;

namespace LossSpikes.Tests.Models;

/// <summary>The loss of a network with one hidden layer, written out without tensors.</summary>
internal static class PlainNetwork
{
    /// <summary>The mean loss over the examples.</summary>
    /// <param name="point">First weights, row by row, first biases, second weights, second biases.</param>
    /// <param name="inputs">The examples.</param>
    /// <param name="targets">A row for each example: its targets, or its class alone.</param>
    /// <param name="hidden">The width of the hidden layer.</param>
    /// <param name="activation">Its nonlinearity.</param>
    /// <param name="loss">The loss.</param>
    public static double Loss(double[] point, double[][] inputs, double[][] targets, int hidden, Activation activation, LossFunction loss)
    {
        var features = inputs[0].Length;
        var outputs = (point.Length - (hidden * (features + 1))) / (hidden + 1);
        return inputs.Zip(targets, (x, target) =>
        {
            var signal = Layer(point, 0, x, hidden).Select(z => Activate(activation, z)).ToArray();
            return Loss(Layer(point, hidden * (features + 1), signal, outputs), target, loss);
        }).Average();
    }

    private static double[] Layer(double[] point, int start, double[] x, int width) =>
    [
        .. Enumerable.Range(0, width).Select(row =>
            point[start + (width * x.Length) + row] + x.Select((v, i) => v * point[start + (row * x.Length) + i]).Sum()),
    ];

    private static double Loss(double[] output, double[] target, LossFunction loss) => loss switch
    {
        LossFunction.Mse => 0.5 * output.Zip(target, (o, t) => (o - t) * (o - t)).Sum(),
        LossFunction.CrossEntropy => Math.Log(output.Sum(Math.Exp)) - output[(int)target[0]],
        LossFunction.Logistic => Math.Log(1 + Math.Exp(output[0])) - (target[0] * output[0]),
        _ => throw new ArgumentOutOfRangeException(nameof(loss)),
    };

    private static double Activate(Activation activation, double z) => activation switch
    {
        Activation.Tanh => Math.Tanh(z),
        Activation.Relu => Math.Max(0, z),
        Activation.Elu => z > 0 ? z : Math.Exp(z) - 1,
        Activation.Gelu => z * (1 + Erf(z / Math.Sqrt(2))) / 2,
        Activation.Silu => z / (1 + Math.Exp(-z)),
        Activation.Softplus => Math.Log(1 + Math.Exp(z)),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-z)),
        Activation.Hardtanh => Math.Clamp(z, -1, 1),
        Activation.Identity => z,
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    // The Taylor series: 2/√π Σ (−1)ᵏ x^(2k+1) / (k! (2k+1)).
    private static double Erf(double x)
    {
        var (sum, power) = (0.0, x);
        for (var k = 0; k < 80; k++)
        {
            sum += power / ((2 * k) + 1);
            power *= -x * x / (k + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
