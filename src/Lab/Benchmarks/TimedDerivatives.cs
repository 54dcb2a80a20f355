using System.Diagnostics;
using LossSpikes.Monitors.Objectives;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Benchmarks;

/// <summary>Derivatives that know how long their products took.</summary>
internal sealed class TimedDerivatives(IDerivatives derivatives) : IDerivatives
{
    /// <summary>Seconds of all products so far.</summary>
    public double Seconds { get; private set; }

    public double Loss => derivatives.Loss;

    public double? Accuracy => derivatives.Accuracy;

    public Tensor Gradient => derivatives.Gradient;

    public double ProductError => derivatives.ProductError;

    public Tensor Hvp(Tensor vectors)
    {
        var start = Stopwatch.GetTimestamp();
        var products = derivatives.Hvp(vectors);
        Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        return products;
    }

    public Tensor GaussNewton(Tensor vectors) => derivatives.GaussNewton(vectors);

    public Tensor SharpnessGradient(Tensor direction) => derivatives.SharpnessGradient(direction);

    public void Dispose() => derivatives.Dispose();
}
