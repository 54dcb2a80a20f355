namespace LossSpikes.Lab.Article.Sliders;

/// <summary>
/// Gradient flow dθ/dt = −g(θ) on the power law, by the classical Runge–Kutta method: the path of gradient descent at an infinitely small
/// learning rate. A step of gradient descent takes the time η. Any thread may ask.
/// </summary>
internal sealed class PowerLawFlow
{
    // The method is stable up to h·S = 2.785; at 1/2 a decay differs from the exact one by less than a thousandth.
    private const double StepTimesSharpness = 0.5;

    // On a path that slows down, points whose times differ by less than a hundredth are one in a picture.
    private const double Spacing = 1.01;

    private readonly ClosedPowerLaw _law;
    private readonly List<FlowPoint> _shown = [];
    private FlowPoint _now;

    /// <param name="law">The loss.</param>
    /// <param name="c">C at the start.</param>
    /// <param name="alpha">α at the start.</param>
    public PowerLawFlow(ClosedPowerLaw law, double c, double alpha)
    {
        _law = law;
        _now = At(0, c, alpha);
        _shown.Add(_now);
    }

    /// <summary>Where it begins: C and α.</summary>
    public (double C, double Alpha) Start => (_shown[0].C, _shown[0].Alpha);

    /// <summary>Its points up to a time. Cost: at the first call 8·S gradients per unit of time; nothing again.</summary>
    public IReadOnlyList<FlowPoint> Until(double time)
    {
        lock (_shown)
        {
            while (_now.Time < time)
            {
                Advance();
            }

            return [.. _shown.TakeWhile(p => p.Time <= time)];
        }
    }

    private void Advance()
    {
        // S is at least ∂²f/∂C², of which the word of rank 1 alone is 1/N: the step is bounded.
        var (h, c, alpha) = (StepTimesSharpness / _now.Sharpness, _now.C, _now.Alpha);
        var (a1, b1) = Velocity(c, alpha);
        var (a2, b2) = Velocity(c + h / 2 * a1, alpha + h / 2 * b1);
        var (a3, b3) = Velocity(c + h / 2 * a2, alpha + h / 2 * b2);
        var (a4, b4) = Velocity(c + h * a3, alpha + h * b3);
        _now = At(_now.Time + h, c + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4), alpha + h / 6 * (b1 + 2 * b2 + 2 * b3 + b4));
        if (_now.Time >= Spacing * _shown[^1].Time)
        {
            _shown.Add(_now);
        }
    }

    private (double C, double Alpha) Velocity(double c, double alpha)
    {
        var point = _law.At(c, alpha);
        return (-point.SlopeC, -point.SlopeAlpha);
    }

    private FlowPoint At(double time, double c, double alpha)
    {
        var point = _law.At(c, alpha);
        return new(time, c, alpha, point.Loss, point.Sharpness);
    }
}

/// <summary>A point of gradient flow.</summary>
internal readonly record struct FlowPoint(double Time, double C, double Alpha, double Loss, double Sharpness);
