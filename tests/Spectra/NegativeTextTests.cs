using LossSpikes.Lab.Spectra;

namespace LossSpikes.Tests.Spectra;

/// <summary>What the text of lab spectrum says of negative eigenvalues: never a share that was not resolved.</summary>
public sealed class NegativeTextTests
{
    [Theory]
    [InlineData(0.02, 1e-3, 0, "no negative eigenvalue was found: λ_min is positive")]
    [InlineData(2e-4, 1e-3, 0, "no negative eigenvalue was resolved: λ_min is 0 within its error (0.001)")]
    [InlineData(-2e-4, 1e-3, 0, "no negative eigenvalue was resolved: λ_min is 0 within its error (0.001)")]
    [InlineData(-0.04, 1e-3, 0, "the number of negative eigenvalues is not known; none is below -0.05, since λ_min is not")]
    [InlineData(-2, 1e-3, 0, "the number of negative eigenvalues is not known; λ_min is one, and the quadrature resolved no share of them")]
    [InlineData(-2, 1e-3, 0.374, "the number of negative eigenvalues is not known; an estimated 37.4 % ± 1.2 % are below -0.05")]
    [InlineData(-2, 1e-3, 2.5e-5, "the number of negative eigenvalues is not known; an estimated 0.0025 % ± 1.2 % are below -0.05")]
    public void The_line_says_what_is_known(double smallest, double residual, double share, string expected) =>
        Assert.Equal(expected, NegativeText.Of(Reading(smallest, residual, share, 0.012)));

    [Fact]
    public void One_vector_has_no_interval() => Assert.EndsWith("an estimated 37.4 % are below -0.05", NegativeText.Of(Reading(-2, 1e-3, 0.374, null)));

    [Fact]
    public void Where_every_eigenvalue_is_known_they_are_counted() => Assert.Equal(
        "3 negative eigenvalues, 2 zero to rounding (|λ| ≤ 1E-12)",
        NegativeText.Of(Reading(-2, 1e-3, 0.3, 0) with { Negative = 3, Zero = 2, Rounding = 1e-12 }));

    private static SpectrumReading Reading(double smallest, double residual, double share, double? error) => new()
    {
        Step = 0,
        Parameters = 1000,
        Loss = 1,
        Threshold = 20,
        SmoothingWidth = 0.05,
        Trace = 10,
        TraceError = 1,
        Eigenvalues = [new EigenvalueReading(5, 1e-3, Converged: true), new EigenvalueReading(smallest, residual, Converged: true)],
        NegativeShare = share,
        NegativeShareError = error,
        Products = 1,
    };
}
