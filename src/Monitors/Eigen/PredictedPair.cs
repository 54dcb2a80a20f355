namespace LossSpikes.Monitors.Eigen;

/// <summary>A Ritz pair of a prediction.</summary>
/// <param name="Value">The Ritz value.</param>
/// <param name="Vector">Its unit vector, one row of coordinates.</param>
/// <param name="Sighting">When what it rests on was seen.</param>
internal sealed record PredictedPair(double Value, double[,] Vector, Sighting Sighting);
