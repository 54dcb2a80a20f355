namespace LossSpikes.Monitors.Eigen;

/// <summary>What is known of a direction that is watched but not reported.</summary>
/// <param name="Value">Its Ritz value when it was last looked at.</param>
/// <param name="Speed">How much that had moved in one update.</param>
/// <param name="Age">How many updates ago that was.</param>
internal readonly record struct Guard(double Value, double Speed, int Age)
{
    // However quiet, a guard is looked at this often.
    private const int Patience = 5;

    /// <summary>A guard of which nothing is known but a value, so that it is due at once.</summary>
    public static Guard Unknown(double value) => new(value, double.PositiveInfinity, 0);

    /// <summary>The same after one more update.</summary>
    public Guard Older => this with { Age = Age + 1 };

    /// <summary>Whether it could have risen to <paramref name="level"/>, at twice the speed it was last seen to have, or has not been looked at for long.</summary>
    public bool IsDue(double level) => Age >= Patience || Value + 2 * Speed * Age >= level;

    /// <summary>The guard after a look that found <paramref name="value"/>.</summary>
    public Guard Seen(double value) => new(value, Math.Max(Math.Abs(value - Value) / Math.Max(Age, 1), double.IsFinite(Speed) ? 0.5 * Speed : 0), 0);
}
