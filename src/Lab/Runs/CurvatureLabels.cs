using System.Text.Json;

namespace LossSpikes.Lab.Runs;

/// <summary>What the curvature that a run's optimizer feels is called.</summary>
/// <param name="Threshold">The optimizer's stability threshold.</param>
/// <param name="Matrix">The matrix whose eigenvalues count, as the end of "eigenvalues of …".</param>
internal sealed record CurvatureLabels(string Threshold, string Matrix)
{
    /// <summary>Gradient descent.</summary>
    public static CurvatureLabels GradientDescent { get; } = new("2/η", "the Hessian");

    /// <summary>The labels in an environment.json: those of gradient descent where there is no such file or it names none.</summary>
    /// <exception cref="RunException">The file is no JSON object, or holds something other than text there.</exception>
    public static CurvatureLabels Read(string path)
    {
        if (!File.Exists(path))
        {
            return GradientDescent;
        }

        try
        {
            using var document = JsonDocument.Parse(RunFile.CompleteLines(path));
            var matrix = Text(document.RootElement, "matrix");
            return new(Text(document.RootElement, "threshold_formula") ?? GradientDescent.Threshold, matrix is null or "H" ? GradientDescent.Matrix : matrix);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RunException($"{path}: expected a JSON object with threshold_formula and matrix as text", e);
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
}
