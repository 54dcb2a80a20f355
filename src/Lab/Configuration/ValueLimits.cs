using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace LossSpikes.Lab.Configuration;

/// <summary>A <see cref="RangeAttribute"/> in numbers and in words. Its own check throws on numbers its type cannot hold.</summary>
internal sealed class ValueLimits(RangeAttribute range)
{
    public double Minimum { get; } = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);

    public double Maximum { get; } = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);

    public bool HasMaximum => Maximum < double.MaxValue;

    public bool Admit(double value) =>
        (range.MinimumIsExclusive ? value > Minimum : value >= Minimum) && (range.MaximumIsExclusive ? value < Maximum : value <= Maximum);

    public override string ToString()
    {
        var minimum = string.Create(CultureInfo.InvariantCulture, $"{(range.MinimumIsExclusive ? "greater than" : "at least")} {Minimum}");
        var maximum = string.Create(CultureInfo.InvariantCulture, $"{(range.MaximumIsExclusive ? "less than" : "at most")} {Maximum}");
        return HasMaximum ? $"{minimum} and {maximum}" : minimum;
    }
}
