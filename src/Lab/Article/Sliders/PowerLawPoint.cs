namespace LossSpikes.Lab.Article.Sliders;

/// <summary>The power law at one point (C, α).</summary>
/// <param name="Loss">f.</param>
/// <param name="SlopeC">∂f/∂C.</param>
/// <param name="SlopeAlpha">∂f/∂α.</param>
/// <param name="Cc">∂²f/∂C².</param>
/// <param name="Ca">∂²f/∂C∂α.</param>
/// <param name="Aa">∂²f/∂α².</param>
internal readonly record struct PowerLawPoint(double Loss, double SlopeC, double SlopeAlpha, double Cc, double Ca, double Aa)
{
    /// <summary>|g|.</summary>
    public double GradientNorm => double.Hypot(SlopeC, SlopeAlpha);

    /// <summary>The larger eigenvalue of the Hessian.</summary>
    public double Sharpness => (Cc + Aa) / 2 + double.Hypot((Cc - Aa) / 2, Ca);

    /// <summary>Both eigenvalues, the larger one first, with their unit eigenvectors: Jacobi's rotation, by ½ atan2(2b, a − c).</summary>
    public (double Value, double X, double Y)[] Eigenpairs
    {
        get
        {
            var (sin, cos) = Math.SinCos(Math.Atan2(Ca, (Cc - Aa) / 2) / 2);
            return [(Sharpness, cos, sin), (Cc + Aa - Sharpness, -sin, cos)];
        }
    }
}
