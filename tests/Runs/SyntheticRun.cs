using System.Globalization;
using System.Text;

namespace LossSpikes.Tests.Runs;

/// <summary>
/// Run folders made by the two-variable map of self-stabilization (Damian, Nichani and Lee 2022) at η = 0.1: the loss decays,
/// λ₁ rises to 2/η = 20 and every overshoot ends in a spike.
/// </summary>
internal static class SyntheticRun
{
    public const string Header =
        "step,loss,accuracy,gradient_norm,sharpness,lambda_2,threshold,learning_rate,gradient_dot_v1,gradient_dot_v2,residual,hvps,seconds";

    private const double Eta = 0.1;
    private const double Sharpening = 0.3;
    private const double Cubic = 1500;

    /// <summary>Writes a run of 2000 steps that measures every <paramref name="every"/> steps.</summary>
    public static void Write(TemporaryFolder folder, int every = 1)
    {
        StringBuilder metrics = new(Header + "\n");
        var (sharpness, x, second) = (3.0, 1e-3, 1.5);
        int? crossing = null;
        for (var step = 0; step <= 2000; step++)
        {
            var loss = 1e-4 + 0.9 * Math.Exp(-0.004 * step) + 0.5 * sharpness * x * x;
            metrics.Append(CultureInfo.InvariantCulture, $"{step},{loss:R},,0.1,");
            metrics.Append(step % every == 0
                ? FormattableString.Invariant($"{sharpness:R},{second:R},20,0.1,{sharpness * x:R},{second * x / 10:R},1e-4,4,0.01\n")
                : ",,20,0.1,,,,0,0.01\n");
            crossing ??= sharpness > 2 / Eta ? step : null;
            var drift = Sharpening * Math.Exp(-step / 1500.0);
            (sharpness, x) = (sharpness + Eta * (drift - drift / Sharpening * 0.5 * Cubic * x * x), -(1 + Eta * (sharpness - 2 / Eta)) * x);
            x = Math.CopySign(Math.Max(Math.Abs(x), 2e-8), x);
            second += 0.0105 * (1 - second / 19);
        }

        folder.Write("metrics.csv", metrics.ToString());
        folder.Write("events.jsonl", Crossing(crossing!.Value, "up") + Spike(1, 833, 848, 858, "0.1", "recovered"));
        folder.Write("config.yaml", "name: edge-of-stability\nobjective: { kind: power_law }\noptimizer: { kind: gd, learning_rate: 0.1 }\nsteps: 2000\n");
    }

    /// <summary>Writes a run that leaves its threshold at step 200 and ends in values that are not finite.</summary>
    public static void WriteDiverged(TemporaryFolder folder)
    {
        StringBuilder metrics = new(Header + "\n");
        for (var step = 0; step < 250; step++)
        {
            var growth = step < 200 ? 0 : Math.Pow(4, step - 200);
            metrics.Append(CultureInfo.InvariantCulture, $"{step},{Math.Exp(-step / 50.0) + growth:R},,,");
            metrics.Append(CultureInfo.InvariantCulture, $"{step / 10.0 + growth:R},1,20,0.1,{growth:R},0,0.1,4,0.01\n");
        }

        metrics.Append("250,inf,,,inf,-inf,20,0.1,nan,-inf,nan,4,0.01\n251,nan,,,,,20,0.1,,,,,0.01\n");
        folder.Write("metrics.csv", metrics.ToString());
        folder.Write("events.jsonl", Spike(1, 199, 249, 251, "null", "diverged"));
    }

    /// <summary>A crossing as one line of events.jsonl.</summary>
    public static string Crossing(int step, string direction) =>
        $"{{\"event\":\"crossing\",\"step\":{step},\"direction\":\"{direction}\",\"sharpness\":20.5,\"threshold\":20}}\n";

    /// <summary>A spike as one line of events.jsonl.</summary>
    public static string Spike(int id, int onset, int peak, int end, string peakLoss, string outcome) =>
        $"{{\"event\":\"spike\",\"step\":{end},\"id\":{id},\"outcome\":\"{outcome}\",\"onset_step\":{onset},\"open_step\":{onset + 1},"
        + $"\"peak_step\":{peak},\"end_step\":{end},\"onset_loss\":0.25,\"peak_loss\":{peakLoss},\"rise\":3,\"threshold\":20,"
        + "\"hvps\":12,\"dtype\":\"float64\"}\n";
}
