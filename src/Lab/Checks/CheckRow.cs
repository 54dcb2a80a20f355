namespace LossSpikes.Lab.Checks;

/// <summary>One number that theory predicts, with its measurement.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="Predicted">What theory says.</param>
/// <param name="Tolerance">The difference that is accepted: relative, or absolute where zero is predicted.</param>
internal sealed record CheckRow(string Name, double Measured, double Predicted, double Tolerance)
{
    /// <summary>Whether measurement and theory agree.</summary>
    public bool Pass => Math.Abs(Measured - Predicted) <= Tolerance * (Predicted == 0 ? 1 : Math.Abs(Predicted));
}
