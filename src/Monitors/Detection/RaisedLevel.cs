namespace LossSpikes.Monitors.Detection;

/// <summary>
/// The level that counts as a rise from x: x + min_rise·max(|x|, floor). The floor is ε·|L₀|, below which rises are rounding; once a loss was
/// negative, half of the range of all losses so far, since a loss that may be negative has no ratio.
/// </summary>
internal sealed class RaisedLevel(double minRise, double epsilon)
{
    private double? _first;
    private double _low, _high;

    /// <summary>Adds a loss, in the order of the steps.</summary>
    public void Add(double loss)
    {
        if (_first is null)
        {
            (_first, _low, _high) = (Math.Abs(loss), loss, loss);
        }

        (_low, _high) = (Math.Min(_low, loss), Math.Max(_high, loss));
    }

    /// <summary>The level above x.</summary>
    public double Above(double x)
    {
        var floor = Math.Max(epsilon * _first!.Value, _low < 0 ? (_high - _low) / 2 : 0);
        return x + minRise * Math.Max(Math.Abs(x), floor);
    }
}
