using LossSpikes.Lab.Data;
using LossSpikes.Lab.Experiments;
using static TorchSharp.torch;

namespace LossSpikes.Lab.Objectives;

/// <summary>Makes the toy objectives that experiments describe. What their keys say together is checked here.</summary>
internal static class Toys
{
    /// <summary>The quadratic at its start.</summary>
    /// <exception cref="InputException">The keys contradict each other, or the matrix is not what it should be.</exception>
    public static ToyObjective Create(QuadraticSettings settings, int seed, ScalarType type, Device device)
    {
        var quadratic = settings switch
        {
            { Eigenvalues: null, Matrix: null } => throw new InputException("objective needs one of the keys eigenvalues and matrix"),
            { Eigenvalues: not null, Matrix: not null } => throw new InputException("objective has both eigenvalues and a matrix; give one of them"),
            { Matrix: not null, RotationDegrees: not null } => throw new InputException("objective.rotation_degrees goes with two eigenvalues, not with a matrix"),
            { Matrix: { } file } => Quadratic.FromFile(file),
            { RotationDegrees: null } => Quadratic.Random(settings.Eigenvalues!, seed),
            { RotationDegrees: { } angle, Eigenvalues: [var first, var second] } => Quadratic.Rotated(first, second, angle),
            _ => throw new InputException($"objective.rotation_degrees goes with two eigenvalues, but there are {settings.Eigenvalues!.Count}"),
        };
        return Place(quadratic, settings.Start ?? [.. Enumerable.Repeat(1.0, (int)quadratic.Dimension)], type, device);
    }

    /// <summary>The power law at its start.</summary>
    /// <exception cref="InputException">The file of counts is not what it should be, or the start has not two numbers.</exception>
    public static ToyObjective Create(PowerLawSettings settings, ScalarType type, Device device)
    {
        var words = settings.Data == PowerLawSettings.Hamlet ? WordFrequencies.Hamlet() : WordFrequencies.Read(settings.Data);
        return Place(new PowerLaw(words), settings.Start, type, device);
    }

    private static ToyObjective Place(IBatchedFunction formula, IReadOnlyList<double> start, ScalarType type, Device device)
    {
        if (start.Count != formula.Dimension)
        {
            using (formula)
            {
                throw new InputException($"objective.start has {start.Count} {(start.Count == 1 ? "number" : "numbers")}, but the objective has {formula.Dimension} {(formula.Dimension == 1 ? "parameter" : "parameters")}");
            }
        }

        using var scope = NewDisposeScope();
        return new ToyObjective(formula, tensor(start.ToArray(), dtype: type, device: device).unsqueeze(0)) { OwnsFormula = true };
    }
}
