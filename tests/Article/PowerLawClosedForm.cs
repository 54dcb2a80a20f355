using System.Globalization;
using LossSpikes.Lab.Objectives;

namespace LossSpikes.Tests.Article;

/// <summary>
/// The power law on Hamlet by its closed-form gradient and Hessian, in plain float64 and with k^α as a power. It shares nothing with
/// the lab but the file of word counts.
/// </summary>
internal sealed record PowerLawClosedForm(
    double[] C, double[] Alpha, double[] Loss, double[] Lambda1, double[] Lambda2, double[] AlongV1, double[] AlongV2)
{
    private static readonly double[] Frequencies = ReadFrequencies();

    /// <summary>Gradient descent, from C = 0 and α = −0.8 where no other start is named.</summary>
    public static PowerLawClosedForm Walk(double eta, int steps, double startC = 0, double startAlpha = -0.8)
    {
        double[] Series() => new double[steps + 1];
        PowerLawClosedForm path = new(Series(), Series(), Series(), Series(), Series(), Series(), Series());
        var (c, alpha, v1, v2) = (startC, startAlpha, (X: 0.0, Y: 0.0), (X: 0.0, Y: 0.0));
        for (var t = 0; t <= steps; t++)
        {
            var (loss, gc, ga, hcc, hca, haa) = Derivatives(c, alpha);
            var (mean, half) = ((hcc + haa) / 2, (hcc - haa) / 2);
            var radius = Math.Sqrt(half * half + hca * hca);
            (path.C[t], path.Alpha[t], path.Loss[t], path.Lambda1[t], path.Lambda2[t]) = (c, alpha, loss, mean + radius, mean - radius);
            (v1, v2) = (Continued(half + radius, hca, v1), Continued(-hca, half + radius, v2));
            (path.AlongV1[t], path.AlongV2[t]) = (gc * v1.X + ga * v1.Y, gc * v2.X + ga * v2.Y);
            (c, alpha) = (c - eta * gc, alpha - eta * ga);
        }

        return path;
    }

    /// <summary>λ₁ of the Hessian.</summary>
    public static double Sharpness(double c, double alpha)
    {
        var (_, _, _, hcc, hca, haa) = Derivatives(c, alpha);
        return ((hcc + haa) / 2) + Math.Sqrt(Math.Pow((hcc - haa) / 2, 2) + (hca * hca));
    }

    private static (double Loss, double Gc, double Ga, double Hcc, double Hca, double Haa) Derivatives(double c, double alpha)
    {
        double loss = 0, gc = 0, ga = 0, hcc = 0, hca = 0, haa = 0;
        for (var i = 0; i < Frequencies.Length; i++)
        {
            var (log, power) = (Math.Log(i + 1), Math.Pow(i + 1, alpha));
            var error = Frequencies[i] - c * power;
            var slope = c * power * log;
            loss += error * error;
            gc -= error * power;
            ga -= error * slope;
            hcc += power * power;
            hca += (power * slope) - (error * power * log);
            haa += (slope * slope) - (error * slope * log);
        }

        var n = Frequencies.Length;
        return (loss / (2 * n), gc / n, ga / n, hcc / n, hca / n, haa / n);
    }

    /// <summary>The vector (x, y) at length 1, with the sign of <paramref name="before"/>; without one, the larger component is positive.</summary>
    private static (double X, double Y) Continued(double x, double y, (double X, double Y) before)
    {
        var overlap = before == (0, 0) ? (Math.Abs(x) >= Math.Abs(y) ? x : y) : x * before.X + y * before.Y;
        var length = Math.CopySign(Math.Sqrt(x * x + y * y), overlap);
        return (x / length, y / length);
    }

    private static double[] ReadFrequencies()
    {
        using var reader = new StreamReader(typeof(PowerLaw).Assembly.GetManifestResourceStream("hamlet-word-counts.csv")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(
            line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture) / 29522)];
    }
}
