namespace LossSpikes.Lab.Figures;

/// <summary>What the curvature that an optimizer feels is called.</summary>
/// <param name="Threshold">The optimizer's stability threshold.</param>
/// <param name="Matrix">The matrix whose eigenvalues count, as the end of "eigenvalues of …".</param>
internal sealed record CurvatureLabels(string Threshold, string Matrix)
{
    /// <summary>Gradient descent.</summary>
    public static CurvatureLabels GradientDescent { get; } = new("2/η", "the Hessian");
}
