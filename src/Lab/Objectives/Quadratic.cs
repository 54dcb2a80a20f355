using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LossSpikes.Lab.Configuration;
using LossSpikes.Lab.Data;
using LossSpikes.Monitors.Objectives;
using static LossSpikes.Monitors.Tensors.KeepAlive;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>½ θᵀAθ: the objective on which the threshold of every optimizer is exact.</summary>
[Description("Half of θᵀAθ, with A symmetric and positive semidefinite, given by its eigenvalues or by a file. "
    + "Its sharpness is the largest eigenvalue, everywhere.")]
internal sealed record QuadraticSettings : ObjectiveSettings
{
    [Description("The eigenvalues of A, one per dimension: [4] is the parabola 2x². Give these or matrix.")]
    [Range(0.0, double.MaxValue)]
    public IReadOnlyList<double>? Eigenvalues { get; init; }

    [Description("With two eigenvalues: how far the axis of the first is turned from the x axis, counter-clockwise. "
        + "Without it, the axes are drawn at random by the experiment's seed.")]
    public double? RotationDegrees { get; init; }

    [Description("A itself: a CSV file without a header, as many rows as columns. A relative path counts from the folder of the experiment file.")]
    [FilePath("file")]
    public string? Matrix { get; init; }

    [Description("Where the descent begins, one number per dimension. Left out: 1 in every dimension.")]
    public IReadOnlyList<double>? Start { get; init; }

    internal override Precision DefaultPrecision => Precision.Float64;

    internal override IObjective Create(int seed, ScalarType type, Device device)
    {
        var quadratic = this switch
        {
            { Eigenvalues: null, Matrix: null } => throw new InputException("objective needs one of the keys eigenvalues and matrix"),
            { Eigenvalues: not null, Matrix: not null } => throw new InputException("objective has both eigenvalues and a matrix; give one of them"),
            { Matrix: not null, RotationDegrees: not null } =>
                throw new InputException("objective.rotation_degrees goes with two eigenvalues, not with a matrix"),
            { Matrix: { } file } => Quadratic.FromFile(file),
            { RotationDegrees: null } => Quadratic.Random(Eigenvalues!, seed),
            { RotationDegrees: { } angle, Eigenvalues: [var first, var second] } => Quadratic.Rotated(first, second, angle),
            _ => throw new InputException($"objective.rotation_degrees goes with two eigenvalues, but there are {Eigenvalues!.Count}"),
        };
        return ToyObjective.Place(quadratic, Start ?? [.. Enumerable.Repeat(1.0, (int)quadratic.Dimension)], type, device);
    }
}

/// <summary>f(θ) = ½ θᵀAθ with A symmetric positive semidefinite, d×d; its Hessian is A everywhere and its minimum is 0, at 0.</summary>
internal sealed class Quadratic : IBatchedFunction
{
    private readonly Tensor _matrix;

    private Quadratic(Tensor matrix) => _matrix = matrix.DetachFromDisposeScope();

    /// <inheritdoc/>
    public long Dimension => _matrix.shape[0];

    /// <summary>½ Sx², the parabola of sharpness S.</summary>
    /// <exception cref="InputException">S is negative or not a number.</exception>
    public static Quadratic OneDimensional(double sharpness) => new(tensor(new double[,] { { Checked([sharpness])[0] } }));

    /// <summary>Two dimensions: the axis of <paramref name="first"/> lies <paramref name="rotationDegrees"/> counter-clockwise from the x axis.</summary>
    /// <exception cref="InputException">An eigenvalue is negative or not a number.</exception>
    public static Quadratic Rotated(double first, double second, double rotationDegrees)
    {
        Checked([first, second]);
        var (sin, cos) = Math.SinCos(rotationDegrees * Math.PI / 180);
        var mixed = (first - second) * sin * cos;
        return new(tensor(new[,]
        {
            { (first * cos * cos) + (second * sin * sin), mixed },
            { mixed, (first * sin * sin) + (second * cos * cos) },
        }));
    }

    /// <summary>Any number of dimensions: the eigenvectors are uniformly distributed over all rotations and set by <paramref name="seed"/>.</summary>
    /// <exception cref="InputException">There is no eigenvalue, or one is negative or not a number.</exception>
    public static Quadratic Random(IReadOnlyList<double> eigenvalues, int seed)
    {
        using var scope = NewDisposeScope();
        var spectrum = tensor(Checked(eigenvalues));
        using var generator = new Generator((ulong)seed);
        var gaussian = randn([eigenvalues.Count, eigenvalues.Count], dtype: ScalarType.Float64, generator: generator);

        // The sign that QR leaves open multiplies an eigenvector, which A does not notice (Stewart 1980).
        var (axes, _) = linalg.qr(gaussian);
        var matrix = (axes * spectrum).mm(axes.t());
        return new(matrix.Plus(matrix.t()) * Scalar(0.5));
    }

    /// <summary>The matrix in <paramref name="file"/>: CSV without a header, as many rows as columns.</summary>
    /// <exception cref="InputException">The file cannot be read, or its matrix is not square, symmetric and positive semidefinite to rounding.</exception>
    public static Quadratic FromFile(string file)
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(MatrixFile.Read(file));
        var spectrum = linalg.eigvalsh(matrix).data<double>().ToArray();

        // The error of a computed eigenvalue is a small multiple of ε|A| (Golub and Van Loan, section 8.1).
        var rounding = spectrum.Length * (double.BitIncrement(1) - 1) * spectrum.Max(Math.Abs);
        return spectrum.Min() >= -rounding
            ? new(matrix)
            : throw new InputException(FormattableString.Invariant(
                $"{file}: the smallest eigenvalue is {spectrum.Min()}; the matrix must be positive semidefinite"));
    }

    /// <inheritdoc/>
    public Tensor Losses(Tensor rows) => (rows.mm(_matrix.type_as(rows)) * rows).sum(1L) * Scalar(0.5);

    /// <summary>Releases the matrix.</summary>
    public void Dispose() => _matrix.Dispose();

    private static double[] Checked(IReadOnlyList<double> eigenvalues)
    {
        if (eigenvalues.Count == 0)
        {
            throw new InputException("a quadratic needs at least one eigenvalue");
        }

        for (var i = 0; i < eigenvalues.Count; i++)
        {
            if (!(eigenvalues[i] >= 0) || double.IsInfinity(eigenvalues[i]))
            {
                throw new InputException(FormattableString.Invariant(
                    $"eigenvalue {i + 1} is {eigenvalues[i]}; the eigenvalues of a quadratic must be finite and not negative"));
            }
        }

        return [.. eigenvalues];
    }
}
