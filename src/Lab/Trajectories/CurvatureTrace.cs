namespace LossSpikes.Lab.Trajectories;

/// <summary>
/// The curvature along a trajectory, measured at the iterates. Every innermost array is a series over the steps t = 0…n, NaN
/// where the trajectory or its Hessian is not finite; i = 0 is the largest eigenvalue (the sharpness), i = 1 the next.
/// </summary>
/// <param name="Eigenvalues">λ of H(θ_t), shape [k][n + 1], largest algebraic first.</param>
/// <param name="Vectors">
/// Their unit eigenvectors, shape [k][d][n + 1]. A sign is chosen so that a vector overlaps positively with the one of the same
/// rank a step earlier; at the first step its component of largest magnitude is positive.
/// </param>
/// <param name="GradientAlong">g·v with those vectors, shape [k][n + 1].</param>
/// <param name="GradientNorm">|g|, shape [n + 1].</param>
/// <param name="SharpnessGradient">∇S = ∇(uᵀHu), u = v₁ held fixed, shape [d][n + 1]; null where it was not asked for.</param>
internal sealed record CurvatureTrace(
    double[][] Eigenvalues, double[][][] Vectors, double[][] GradientAlong, double[] GradientNorm, double[][]? SharpnessGradient);
