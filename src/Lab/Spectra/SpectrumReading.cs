using LossSpikes.Monitors;
using LossSpikes.Monitors.Autograd;
using LossSpikes.Monitors.Curvature;
using LossSpikes.Monitors.Eigen;
using LossSpikes.Monitors.Objectives;
using LossSpikes.Monitors.Spectra;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Spectra;

/// <summary>The spectrum at one step.</summary>
internal sealed record SpectrumReading
{
    /// <summary>t.</summary>
    public required long Step { get; init; }

    /// <summary>d.</summary>
    public required long Parameters { get; init; }

    /// <summary>The loss.</summary>
    public required double Loss { get; init; }

    /// <summary>The optimizer's stability threshold T; NaN where it does not belong to the eigenvalues of this matrix.</summary>
    public required double Threshold { get; init; }

    /// <summary>The eigenvalues as weights on the real line.</summary>
    // Not public, so that it is not written to JSON: quadrature.csv has it.
    internal SpectralMeasure Measure { get; init; } = new([], 0);

    /// <summary>Whether every eigenvalue was computed.</summary>
    public bool Complete => Measure.IsComplete;

    /// <summary>The standard deviation of the Gaussian that smooths the density.</summary>
    public required double SmoothingWidth { get; init; }

    /// <summary>The trace and half the width of its 95 % interval; 0 where it is exact.</summary>
    public required double Trace { get; init; }

    /// <inheritdoc cref="Trace"/>
    public required double TraceError { get; init; }

    /// <summary>The largest eigenvalues, largest first, and the smallest as the last.</summary>
    public required IReadOnlyList<EigenvalueReading> Eigenvalues { get; init; }

    /// <summary>λ_min.</summary>
    public double Smallest => Eigenvalues[^1].Value;

    /// <summary>How many eigenvalues are negative, beyond rounding; null where that is not known.</summary>
    public int? Negative { get; init; }

    /// <summary>How many are zero to rounding; null where that is not known.</summary>
    public int? Zero { get; init; }

    /// <summary>The rounding below which an eigenvalue counts as zero; null where the signs are not known.</summary>
    public double? Rounding { get; init; }

    /// <summary>
    /// The share of eigenvalues below −<see cref="SmoothingWidth"/>; exact where all are known, else an estimate: Gaussian quadrature does not see on
    /// which side of zero the many small ones are.
    /// </summary>
    public required double NegativeShare { get; init; }

    /// <summary>Half the width of its 95 % interval over the random vectors; null for one vector.</summary>
    public required double? NegativeShareError { get; init; }

    /// <summary>Why there is no split into Gauss–Newton part and rest; null where there is one.</summary>
    public string? NoSplit { get; init; }

    /// <summary>HVPs of the measurement; a product with G counts as one.</summary>
    public required long Products { get; init; }

    /// <summary>Measures.</summary>
    /// <param name="moment">Where.</param>
    /// <param name="settings">How.</param>
    /// <param name="progress">Receives what is being done.</param>
    /// <param name="cancellation">Ends it.</param>
    public static SpectrumReading At(Moment moment, SpectrumSettings settings, Action<string> progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var derivatives = moment.Objective.Evaluate(curvature: true);
        var edge = settings.Matrix == SpectrumMatrix.Edge ? moment.Edge : StabilityThreshold.None;
        var matrix = edge.Matrix(new HessianOperator(derivatives));
        var (largest, smallest) = (Largest(matrix, settings.Eigenvalues), Largest(new NegatedOperator(matrix), 1));
        var products = (long)largest.MatVecs + smallest.MatVecs;
        var dense = settings.IsDense(matrix.Dimension) ? DenseSpectrum.Of(matrix) : null;
        var measure = dense?.Measure ?? SpectralQuadrature.Estimate(matrix, settings.Vectors, settings.LanczosSteps, settings.Seed, done =>
        {
            cancellation.ThrowIfCancellationRequested();
            progress($"step {moment.Step}: density, vector {done} of {settings.Vectors}");
        });
        var trace = dense is null ? TraceEstimate.HutchPlusPlus(matrix, settings.TraceProducts, settings.Seed + 1) : new TraceEstimate(dense.Trace, 0, 0);
        var (low, high) = dense is null ? (-smallest.Values[0], largest.Values[0]) : measure.Range;
        var width = Width(low, high, settings.Smoothing);
        var (share, error) = measure.ShareBelow(-width);
        var values = Split([.. Readings(largest, 1), .. Readings(smallest, -1)], cat([largest.Vectors, smallest.Vectors]), derivatives, edge, out var refused);
        return new SpectrumReading
        {
            Step = moment.Step,
            Parameters = matrix.Dimension,
            Loss = derivatives.Loss,
            Threshold = settings.Matrix == SpectrumMatrix.Edge || IsHessian(moment.Edge) ? moment.Edge.Threshold.Value : double.NaN,
            Measure = measure,
            SmoothingWidth = width,
            Trace = trace.Value,
            TraceError = trace.Error,
            Eigenvalues = values,
            Negative = dense?.Negative,
            Zero = dense is null ? null : dense.Values.Count - dense.Negative - dense.Positive,
            Rounding = dense?.Rounding,
            NegativeShare = share,
            NegativeShareError = error,
            NoSplit = refused,
            Products = products + measure.Products + trace.Products + (refused is null ? 2 * values.Count : 0),
        };

        Eigenpairs Largest(ILinearOperator of, int count)
        {
            cancellation.ThrowIfCancellationRequested();
            progress($"step {moment.Step}: {(of is NegatedOperator ? "smallest eigenvalue" : "largest eigenvalues")}");
            return of.Dimension <= count ? DenseEigen.Largest(of, count) : Lanczos.WithCopies(of, count, settings.Tolerance, settings.Seed);
        }
    }

    /// <summary>A share of the range; of the eigenvalue itself where there is only one, and of 1 where that is 0.</summary>
    private static double Width(double low, double high, double share)
    {
        var norm = Math.Max(Math.Abs(low), Math.Abs(high));
        return share * (high - low > 1e-12 * norm ? high - low : norm > 0 ? norm : 1);
    }

    private static bool IsHessian(StabilityEdge edge) =>
        edge is { Preconditioner: null, RelativeRates: null, WeightDecays: null, WeightDecay: 0 };

    private static IEnumerable<EigenvalueReading> Readings(Eigenpairs pairs, int sign) =>
        pairs.Values.Select((value, i) => new EigenvalueReading(sign * value, pairs.Residuals[i], pairs.Converged[i]));

    /// <summary>uᵀGu and uᵀRu along each vector, in the coordinates of the matrix.</summary>
    private static IReadOnlyList<EigenvalueReading> Split(
        IReadOnlyList<EigenvalueReading> values, Tensor vectors, IDerivatives derivatives, StabilityEdge edge, out string? refused)
    {
        try
        {
            var (gauss, rest) = GaussNewtonSplit.Along(vectors, derivatives, edge);
            refused = null;
            return [.. values.Select((v, i) => v with { GaussNewton = gauss[i], Rest = rest[i] })];
        }
        catch (DifferentiationException e)
        {
            refused = e.Message;
            return values;
        }
    }
}

/// <summary>One eigenvalue.</summary>
/// <param name="Value">λ.</param>
/// <param name="Residual">|A·u − λ·u|: some eigenvalue lies at most this far from it.</param>
/// <param name="Converged">Whether it met the tolerance.</param>
internal sealed record EigenvalueReading(double Value, double Residual, bool Converged)
{
    /// <summary>uᵀGu, the part of the Gauss–Newton matrix; null where the loss is none of a network's outputs.</summary>
    public double? GaussNewton { get; init; }

    /// <summary>uᵀRu, that of the second derivatives of the network. What weight decay adds is in neither.</summary>
    public double? Rest { get; init; }
}
