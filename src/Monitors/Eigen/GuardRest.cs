namespace LossSpikes.Monitors.Eigen;

/// <summary>
/// Decides for how many updates guards may go unseen: for fewer than they would need to reach the reported pairs at twice the
/// pace at which the gap was last seen to change, for one at most where the gap is a fiftieth of the largest value, and never for more than two.
/// </summary>
internal sealed class GuardRest
{
    private const int Longest = 2;
    private const double Pace = 2, NearShare = 0.02;

    private double[] _gaps = [];

    /// <summary>Updates that guards may still rest; 0 when they must be looked at.</summary>
    public int Left { get; private set; }

    /// <summary>Updates since the guards were last looked at.</summary>
    public int Age { get; private set; }

    /// <summary>Looks in a row, without a rest between them.</summary>
    public int Looks { get; private set; }

    /// <summary>The guards were left alone.</summary>
    public void Rested() => (Left, Age, Looks) = (Left - 1, Age + 1, 0);

    /// <summary>The guards were looked at.</summary>
    /// <param name="values">Of the whole block, largest first.</param>
    /// <param name="count">How many of them are reported.</param>
    public void Looked(IReadOnlyList<double> values, int count)
    {
        double[] gaps = [.. values.Skip(count).Select(v => values[count - 1] - v)];
        var known = _gaps.Length == gaps.Length;
        var steps = known ? gaps.Zip(_gaps, (now, before) => now * (Age + 1) / (Pace * Math.Abs(now - before))).DefaultIfEmpty(0).Min() : 0;
        var near = gaps.DefaultIfEmpty(0).Min() / (NearShare * Math.Abs(values[0]));
        // Not a number where a gap is zero and stays so: no rest.
        var rest = Math.Min(Math.Min(steps, near), Longest);
        (Left, Age, Looks, _gaps) = (rest > 0 ? (int)rest : 0, 0, Looks + 1, gaps);
    }

    /// <summary>Everything is forgotten: the next update looks.</summary>
    public void Reset() => (Left, Age, Looks, _gaps) = (0, 0, 0, []);

    /// <summary>What <see cref="Restore"/> goes on from.</summary>
    public IReadOnlyList<double> State => [Left, Age, Looks, .. _gaps];

    /// <summary>Goes on from a <see cref="State"/>.</summary>
    public void Restore(IReadOnlyList<double> state) => (Left, Age, Looks, _gaps) = ((int)state[0], (int)state[1], (int)state[2], [.. state.Skip(3)]);
}
