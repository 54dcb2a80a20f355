namespace LossSpikes.Lab.Spectra;

/// <summary>How a spectrum is measured.</summary>
internal sealed record SpectrumSettings
{
    /// <summary>Random vectors of the quadrature.</summary>
    public int Vectors { get; init; } = 10;

    /// <summary>Lanczos steps from each.</summary>
    public int LanczosSteps { get; init; } = 80;

    /// <summary>Products of the estimate of the trace.</summary>
    public int TraceProducts { get; init; } = 90;

    /// <summary>The standard deviation of the Gaussian that smooths the density, as a share of the range of the eigenvalues.</summary>
    public double Smoothing { get; init; } = 0.01;

    /// <summary>How many of the largest eigenvalues are given one by one.</summary>
    public int Eigenvalues { get; init; } = 3;

    /// <summary>Relative accuracy of those, and of the smallest one.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Whose eigenvalues.</summary>
    public SpectrumMatrix Matrix { get; init; }

    /// <summary>Seed of the random vectors.</summary>
    public long Seed { get; init; }

    /// <summary>Whether every eigenvalue is computed: where that takes no more products than the quadrature, and a dense matrix fits.</summary>
    public bool IsDense(long dimension) => dimension <= Math.Min((long)Vectors * LanczosSteps, 5_000);
}

/// <summary>The matrix of a spectrum.</summary>
internal enum SpectrumMatrix
{
    /// <summary>The Hessian.</summary>
    Hessian,

    /// <summary>The matrix whose largest eigenvalue decides about the optimizer's stability.</summary>
    Edge,
}
