namespace LossSpikes.Lab.Theory;

/// <summary>The gradient measured at a + σu, and the lengths of the terms that are to make it up.</summary>
/// <param name="Sigma">σ.</param>
/// <param name="Gradient">|g(a + σu)|.</param>
/// <param name="Linear">|σSu|, the oscillating term.</param>
/// <param name="Restoring">|(σ²/2)∇S|, the term that drives the sharpness down.</param>
/// <param name="Residual">|g(a + σu) − (g + σSu + (σ²/2)∇S)|.</param>
/// <param name="Counted">Whether the residual is above rounding and small beside the restoring term, so that the order is fitted to it.</param>
internal sealed record TaylorPoint(double Sigma, double Gradient, double Linear, double Restoring, double Residual, bool Counted)
{
    /// <summary>The restoring term as a share of the whole gradient at a + σu.</summary>
    public double RestoringShare => Restoring / Gradient;
}
